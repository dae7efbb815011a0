import type { Command } from 'commander'

import { bashCompletion } from '../completion/bash.ts'
import { commandWords } from '../completion/command-words.ts'
import { fishCompletion } from '../completion/fish.ts'
import { zshCompletion } from '../completion/zsh.ts'
import type { Context } from '../context.ts'

const scripts = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion }

export const shells = Object.keys(scripts) as (keyof typeof scripts)[]

/** `machinepool completion SHELL`: commands, flags and their values, taken from the program itself. */
export function completion(shell: keyof typeof scripts, program: Command, context: Context): number {
  context.out.write(scripts[shell](program.name(), commandWords(program)))
  return 0
}
