/** What a run may be told on the command line. */
export interface BenchmarkOptions {
  /** `--NAME VALUE` pairs: sizes and counts, each with the benchmark's own default. */
  readonly parameters: Readonly<Record<string, number>>
  /** Says how far it has come, to a person. */
  readonly progress: (message: string) => void
}

/** One measurement, with its result as plain data. */
export interface Benchmark {
  readonly name: string
  /** One line: what is done, and what is measured. */
  readonly description: string
  /** Fails when what it measures did not come about; it never reports the figures of a broken run. */
  run(options: BenchmarkOptions): Promise<object>
}
