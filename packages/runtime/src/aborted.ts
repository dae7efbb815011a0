/** Resolves when one of the signals aborts; never rejects. Leaves no listener behind. */
export function whenAborted(...signals: readonly AbortSignal[]): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      for (const signal of signals) {
        signal.removeEventListener('abort', finish)
      }
      resolve()
    }
    for (const signal of signals) {
      signal.addEventListener('abort', finish)
    }
    if (signals.some(({ aborted }) => aborted)) {
      finish()
    }
  })
}
