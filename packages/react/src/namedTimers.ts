/** Timers by name: setting one again puts it off. */
export interface Timers {
  setTimeout(run: () => void, milliseconds: number): unknown;
  clearTimeout(timer: any): void;
}

export interface NamedTimers<Name extends string> {
  after(name: Name, milliseconds: number, run: () => void): void;
  stop(name: Name): void;
}

export function namedTimers<Name extends string>(timers: Timers = PLATFORM): NamedTimers<Name> {
  const set = new Map<Name, unknown>();
  function stop(name: Name): void {
    if (set.has(name)) timers.clearTimeout(set.get(name));
    set.delete(name);
  }
  return {
    after(name, milliseconds, run) {
      stop(name);
      const timer = timers.setTimeout(() => {
        set.delete(name);
        run();
      }, milliseconds);
      set.set(name, timer);
    },
    stop,
  };
}

// Looked up on each call: tests replace the platform's own.
const PLATFORM: Timers = {
  setTimeout: (run, milliseconds) => setTimeout(run, milliseconds),
  clearTimeout: (timer) => clearTimeout(timer),
};
