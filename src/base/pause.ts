const never = new Int32Array(new SharedArrayBuffer(4));

/** Waits so many milliseconds without letting anything else of this process run. */
export function pauseSync(milliseconds: number): void {
  Atomics.wait(never, 0, 0, milliseconds);
}
