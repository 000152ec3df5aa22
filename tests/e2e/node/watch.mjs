// A stock socket.io-client: join a sync session and print each event as a line of JSON until the last one.
import { io } from "socket.io-client";

const [url, token, sessionId] = process.argv.slice(2);
const socket = io(url, { transports: ["websocket"], auth: token ? { token } : {}, reconnection: false });
const say = (name, message) => console.log(JSON.stringify([name, message]));

for (const name of ["sync-progress", "sync-complete", "sync-error"]) {
  socket.on(name, (message) => {
    say(name, message);
    if (name !== "sync-progress") socket.close();
  });
}
socket.on("connect_error", (error) => {
  say("connect_error", error.message);
  socket.close();
});
socket.on("connect", async () => say("ack", await socket.timeout(60_000).emitWithAck("join-session", { sessionId })));
