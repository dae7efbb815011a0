/** A command line of the benchmarks, taken apart. */
export interface BenchmarkArguments {
  /** Absent: the benchmarks are to be listed. */
  readonly name?: string
  readonly parameters: Record<string, number>
}

/** @throws Error that names the argument which is not `NAME` or `--PARAMETER NUMBER`. */
export function parseArguments(args: readonly string[]): BenchmarkArguments {
  const parameters: Record<string, number> = {}
  let name: string | undefined
  for (let index = 0; index < args.length; index++) {
    const argument = args[index]!
    if (argument.startsWith('--')) {
      const [key = '', inline] = argument.slice(2).split('=', 2)
      const text = inline ?? args[++index] ?? ''
      const value = Number(text)
      if (text === '' || !Number.isFinite(value)) throw new Error(`--${key} wants a number, not "${text}"`)
      parameters[key] = value
    } else if (name === undefined) name = argument
    else throw new Error(`"${argument}" is one argument too many: benchmarks run one at a time`)
  }
  return { ...(name !== undefined && { name }), parameters }
}
