/** The Socket.IO connection to the service: how it is addressed and authenticated. */
import { io } from 'socket.io-client';

import { secretOf, serviceUrl, type ServiceOptions } from './serviceRequest.js';

/** The part of a Socket.IO socket that is used. */
export interface SyncSocket {
  readonly connected: boolean;
  /** Whether it is connected or will try again by itself. */
  readonly active: boolean;
  connect(): unknown;
  disconnect(): unknown;
  on(event: string, listener: (...args: any[]) => void): unknown;
  off(event: string, listener: (...args: any[]) => void): unknown;
  emit(event: string, ...args: unknown[]): unknown;
  timeout(milliseconds: number): { emit(event: string, ...args: unknown[]): unknown };
}

export interface SyncSocketOptions {
  path: string;
  transports: string[];
  autoConnect: false;
  forceNew: true;
  auth: (tell: (auth: { token?: string }) => void) => void;
}

/** Makes a socket that is not connected yet. `url` is undefined for the page's own origin. */
export type SyncSocketFactory = (url: string | undefined, options: SyncSocketOptions) => SyncSocket;

export interface SocketOptions extends ServiceOptions {
  /** Where Socket.IO answers on that host. Default: `/socket.io` under `url`. */
  path?: string;
  socket?: SyncSocketFactory;
}

/** Make a socket that is not connected yet; each connect asks for the token anew. */
export function serviceSocket(options: SocketOptions): SyncSocket {
  const base = serviceUrl(options);
  const service = base === '' ? undefined : new URL(base, globalThis.location?.href);
  return (options.socket ?? connectTo)(service?.origin, {
    path: options.path ?? `${service?.pathname.replace(/\/+$/, '') ?? ''}/socket.io`,
    transports: ['websocket'],
    autoConnect: false,
    forceNew: true,
    auth: (tell) => {
      secretOf(options.token).then(
        (secret) => tell(secret === undefined ? {} : { token: secret }),
        () => tell({}),
      );
    },
  });
}

const connectTo: SyncSocketFactory = (url, options) => (url === undefined ? io(options) : io(url, options));
