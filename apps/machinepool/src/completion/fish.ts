import { quoted, type CommandWords } from './command-words.ts'

/** A script for fish: `machinepool completion fish | source`. */
export function fishCompletion(name: string, all: readonly CommandWords[]): string {
  const paths = all.flatMap(({ path }) => (path === '' ? [] : [quoted(path)]))
  const lines = all.flatMap(({ path, commands, flags, argumentValues }) => {
    const here = `complete -c ${name} -n ${quoted(`__${name}_at ${quoted(path)}`)}`
    return [
      ...commands.map((child) => `${here} -f -a ${quoted(child.name)} -d ${quoted(child.description)}`),
      ...argumentValues.map((value) => `${here} -f -a ${quoted(value)}`),
      ...flags.map(({ long, short, description, values }) => {
        const follows = !values ? '' : values.length === 0 ? ' -r -F' : ` -x -a ${quoted(values.join(' '))}`
        return `${here} -l ${long.slice(2)}${short ? ` -s ${short.slice(1)}` : ''} -d ${quoted(description)}${follows}`
      }),
    ]
  })
  return `function __${name}_at
  set -l at
  for word in (commandline -opc)[2..-1]
    if contains -- (string join -- ' ' $at $word) ${paths.join(' ')}
      set -a at $word
    end
  end
  set -l joined (string join -- ' ' $at)
  test "$joined" = "$argv[1]"
end
${lines.join('\n')}
`
}
