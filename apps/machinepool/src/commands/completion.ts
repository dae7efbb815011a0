import type { Command } from 'commander'

import type { Context } from '../context.ts'

export const shells = ['bash', 'zsh', 'fish'] as const
type Shell = (typeof shells)[number]

/** `machinepool completion SHELL`: commands and flags, taken from the program itself. */
export function completion(shell: Shell, program: Command, context: Context): number {
  const words = completionWords(program)
  context.out.write({ bash, zsh, fish }[shell](program.name(), words))
  return 0
}

/** For each command path (`''`, `cluster`, `cluster add`) the words that may follow. */
export function completionWords(program: Command): Map<string, readonly string[]> {
  const words = new Map<string, readonly string[]>()
  const visit = (command: Command, path: string) => {
    const flags = command.options.flatMap((option) => [option.long, option.short].filter((flag) => flag !== undefined))
    words.set(path, [...command.commands.map((child) => child.name()), ...flags, '--help'])
    for (const child of command.commands) visit(child, `${path} ${child.name()}`.trim())
  }
  visit(program, '')
  return words
}

function bash(name: string, words: Map<string, readonly string[]>): string {
  const cases = [...words].map(
    ([path, next]) => `    ${JSON.stringify(path)}) words=${JSON.stringify(next.join(' '))} ;;`,
  )
  return `_${name}() {
  local path="" words="" word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in -*) ;; *) path="\${path:+$path }$word" ;; esac
  done
  case "$path" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
  if [ \${#COMPREPLY[@]} -eq 0 ]; then COMPREPLY=($(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}")); fi
}
complete -F _${name} ${name}
`
}

function zsh(name: string, words: Map<string, readonly string[]>): string {
  return `autoload -U +X bashcompinit && bashcompinit\n${bash(name, words)}`
}

function fish(name: string, words: Map<string, readonly string[]>): string {
  return [...words]
    .map(([path, next]) => {
      const condition = path === '' ? '__fish_use_subcommand' : `__fish_seen_subcommand_from ${path.split(' ').at(-1)}`
      return `complete -c ${name} -n '${condition}' -a '${next.join(' ')}'\n`
    })
    .join('')
}
