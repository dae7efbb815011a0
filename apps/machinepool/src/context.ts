/** What a command may use of the world around it. Tests supply their own. */
export interface Context {
  /** Environment variables: values for `${VAR}` in manifests, `KUBECONFIG`, the clouds' own settings. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly out: Output
  /** Progress, warnings and errors; `out` carries only what was asked for. */
  readonly err: Output
  readonly stdin: () => Promise<string>
  /** Aborted by Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal
}

export interface Output {
  write(text: string): void
  /** Present when a person looks at a terminal: then the live table redraws itself. Its size may change at any time. */
  readonly screen?: () => Screen
}

/** Size of a terminal, in characters. */
export interface Screen {
  readonly columns: number
  readonly rows: number
}

/** A failure that the user can mend. Its message is printed without a stack. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
