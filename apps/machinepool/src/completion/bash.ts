import { quoted, type CommandWords } from './command-words.ts'

/** A script for bash: `source <(machinepool completion bash)`. */
export function bashCompletion(name: string, all: readonly CommandWords[]): string {
  const paths = all.flatMap(({ path }) => (path === '' ? [] : [quoted(path)]))
  const values = all.flatMap(({ path, flags }) =>
    flags.flatMap(({ long, short, values: list }) => {
      if (!list) return []
      const places = [long, ...(short ? [short] : [])].map((flag) => quoted(`${path} ${flag}`))
      const reply = list.length === 0 ? '-f' : `-W ${quoted(list.join(' '))}`
      return [`    ${places.join('|')}) COMPREPLY=($(compgen ${reply} -- "$word")); return ;;`]
    }),
  )
  const words = all.map(({ path, commands, flags, argumentValues }) => {
    const list = [...commands.map((child) => child.name), ...argumentValues, ...flags.map(({ long }) => long)]
    return `    ${quoted(path)}) words=${quoted(list.join(' '))} ;;`
  })
  return `_${name}() {
  local at="" words="" i word="\${COMP_WORDS[COMP_CWORD]}"
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "\${at:+$at }\${COMP_WORDS[i]}" in
    ${paths.join('|')}) at="\${at:+$at }\${COMP_WORDS[i]}" ;;
    esac
  done
  case "$at \${COMP_WORDS[COMP_CWORD - 1]}" in
${values.join('\n')}
  esac
  case "$at" in
${words.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
  if [ \${#COMPREPLY[@]} -eq 0 ]; then COMPREPLY=($(compgen -f -- "$word")); fi
}
complete -o filenames -F _${name} ${name}
`
}
