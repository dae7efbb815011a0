import { quoted, type CommandWords } from './command-words.ts'

/** A script for zsh: `source <(machinepool completion zsh)`, or a file `_machinepool` in a folder of `fpath`. */
export function zshCompletion(name: string, all: readonly CommandWords[]): string {
  const paths = all.flatMap(({ path }) => (path === '' ? [] : [quoted(path)]))
  const values = all.flatMap(({ path, flags }) =>
    flags.flatMap(({ long, short, values: list }) => {
      if (!list) return []
      const places = [long, ...(short ? [short] : [])].map((flag) => quoted(`${path} ${flag}`))
      return [`    ${places.join('|')}) ${list.length === 0 ? '_files' : `compadd -- ${list.join(' ')}`}; return ;;`]
    }),
  )
  const words = all.map(({ path, commands, flags, argumentValues }) => {
    const list = [
      ...commands.map((child) => described(child.name, child.description)),
      ...argumentValues.map((value) => quoted(value)),
    ]
    const options = flags.map(({ long, description }) => described(long, description))
    return `    ${quoted(path)}) found=(${list.join(' ')}) options=(${options.join(' ')}) ;;`
  })
  return `#compdef ${name}
_${name}() {
  local at="" i
  local -a found options
  for ((i = 2; i < CURRENT; i++)); do
    case "\${at:+$at }\${words[i]}" in
    ${paths.join('|')}) at="\${at:+$at }\${words[i]}" ;;
    esac
  done
  case "$at \${words[CURRENT - 1]}" in
${values.join('\n')}
  esac
  case "$at" in
${words.join('\n')}
  esac
  if [[ $PREFIX == -* ]]; then _describe -o option options; else _describe command found || _files; fi
}
if ! (( $+functions[compdef] )); then autoload -U compinit && compinit; fi
compdef _${name} ${name}
`
}

/** A colon parts a word from its description. */
function described(word: string, description: string): string {
  return quoted(`${word}:${description}`)
}
