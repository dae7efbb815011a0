import type { Command } from 'commander'

export interface Flag {
  readonly long: string
  readonly short?: string
  readonly description: string
  /** Something follows it: one of these, or for an empty list anything, such as a file. Absent: nothing follows. */
  readonly values?: readonly string[]
}

/** What may follow one command on the command line. */
export interface CommandWords {
  /** `''` for the program itself, `cluster add` for a command of a command. */
  readonly path: string
  readonly commands: readonly { readonly name: string; readonly description: string }[]
  readonly flags: readonly Flag[]
  /** What its arguments can be, where that is a fixed list. */
  readonly argumentValues: readonly string[]
}

/** Taken from the program itself, so that completion knows whatever the program knows. */
export function commandWords(program: Command): CommandWords[] {
  const visit = (command: Command, path: string): CommandWords[] => [
    {
      path,
      commands: command.commands.map((child) => ({ name: child.name(), description: child.description() })),
      flags: [
        ...command.options.map(({ long, short, description, required, optional, argChoices }) => ({
          long: long ?? '',
          ...(short && { short }),
          description,
          ...((required || optional) && { values: argChoices ?? [] }),
        })),
        { long: '--help', short: '-h', description: 'show help' },
      ],
      argumentValues: command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices),
    },
    ...command.commands.flatMap((child) => visit(child, `${path} ${child.name()}`.trim())),
  ]
  return visit(program, '')
}

/** Single quotes, as all three shells understand them. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}
