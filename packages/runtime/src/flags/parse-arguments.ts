import { FlagError } from './flag-error.ts'
import { parseValue, type FlagKind, type FlagValue } from './parse-value.ts'

/**
 * Reads a command line as pflag does, which upstream's managers use: `--flag value`, `--flag=value`, bare `--flag` for a
 * boolean, one or two dashes, `-v4`, and `_` for `-` inside of a name. The last occurrence of a flag wins; pairs add up.
 *
 * @param kindOf what a flag takes; `undefined` for one that does not exist
 * @returns the flags that were given, by name
 * @throws {FlagError} naming the flag and what it takes
 */
export function parseArguments(
  args: readonly string[],
  kindOf: (name: string) => FlagKind | undefined,
): Map<string, FlagValue> {
  const given = new Map<string, FlagValue>()
  const rest = [...args]
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    const { name, inline } = split(arg)
    const kind = kindOf(name)
    if (kind === undefined) throw new FlagError(`unknown flag --${name}; --help lists those that there are`)
    const text = inline ?? (kind === 'boolean' ? 'true' : rest.shift())
    if (text === undefined) throw new FlagError(`--${name} needs a value`)
    const value = parseValue(name, kind, text)
    const known = given.get(name)
    given.set(name, kind === 'pairs' ? { ...(known as object | undefined), ...(value as object) } : value)
  }
  return given
}

function split(arg: string): { readonly name: string; readonly inline: string | undefined } {
  const [, level] = /^-v(\d+)$/.exec(arg) ?? []
  if (level !== undefined) return { name: 'v', inline: level }
  const [, name, inline] = /^--?([a-zA-Z][\w-]*)(?:=(.*))?$/s.exec(arg) ?? []
  if (name === undefined) throw new FlagError(`unexpected argument ${JSON.stringify(arg)}`)
  return { name: name.replaceAll('_', '-'), inline }
}
