import { spawnSync } from 'node:child_process'

import { Command, Option } from 'commander'
import { describe, expect, test } from 'vitest'

import { bashCompletion } from './bash.ts'
import { commandWords } from './command-words.ts'
import { fishCompletion } from './fish.ts'
import { zshCompletion } from './zsh.ts'

function example() {
  const program = new Command('mp').version('1')
  program
    .command('run')
    .description("run it: the cloud's own")
    .addOption(new Option('-c, --cloud <cloud>', 'where').choices(['aws', 'gcp']))
    .option('--file <file>', 'what')
    .option('--once', 'and stop')
  const cluster = program.command('cluster').description('work with Clusters')
  cluster.command('add').description('add one').argument('<name>').option('--subnet <id>', 'a subnet')
  program.command('print').addArgument(program.createArgument('<shell>').choices(['bash', 'zsh']))
  return commandWords(program)
}

test('commandWords knows paths, flags, and what follows them', () => {
  expect(example().map(({ path }) => path)).toEqual(['', 'run', 'cluster', 'cluster add', 'print'])
  expect(example()[1]?.flags).toEqual([
    { long: '--cloud', short: '-c', description: 'where', values: ['aws', 'gcp'] },
    { long: '--file', description: 'what', values: [] },
    { long: '--once', description: 'and stop' },
    { long: '--help', short: '-h', description: 'show help' },
  ])
  expect(example()[4]?.argumentValues).toEqual(['bash', 'zsh'])
})

describe('bash', () => {
  const cases: readonly (readonly [line: string, reply: string])[] = [
    ['', 'run cluster print --version --help'],
    ['ru', 'run'],
    ['cluster ', 'add --help'],
    ['cluster add --sub', '--subnet'],
    ['run --cloud ', 'aws gcp'],
    ['run -c g', 'gcp'],
    // What is given to a flag is no command, also when it is called like one.
    ['run --file print --on', '--once'],
    ['cluster add some-name --sub', '--subnet'],
    ['print ', 'bash zsh --help'],
  ]

  test.each(cases)('mp %s', (line, reply) => {
    const words = ['mp', ...line.split(' ')].map((word) => `'${word}'`)
    const script = `${bashCompletion('mp', example())}
COMP_WORDS=(${words.join(' ')}); COMP_CWORD=${words.length - 1}; _mp; echo "\${COMPREPLY[*]}"`
    const { stdout, stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8' })
    expect({ stdout, stderr }).toEqual({ stdout: `${reply}\n`, stderr: '' })
  })
})

test('zsh tells what each word means, and quotes it', () => {
  const script = zshCompletion('mp', example())
  expect(script).toMatch(/^#compdef mp\n/)
  expect(script).toContain(String.raw`'run:run it: the cloud'\''s own'`)
  expect(script).toContain("'run --cloud'|'run -c') compadd -- aws gcp; return ;;")
  expect(script).toContain("'run --file') _files; return ;;")
  expect(script).toContain("'print') found=('bash' 'zsh') options=('--help:show help') ;;")
})

const at = (path: string) => String.raw`complete -c mp -n '__mp_at '\''${path}'\'''`

test('fish tells what each word means, and quotes it', () => {
  const lines = fishCompletion('mp', example()).split('\n')
  expect(lines).toContain(String.raw`${at('')} -f -a 'run' -d 'run it: the cloud'\''s own'`)
  expect(lines).toContain(`${at('run')} -l cloud -s c -d 'where' -x -a 'aws gcp'`)
  expect(lines).toContain(`${at('run')} -l file -d 'what' -r -F`)
  expect(lines).toContain(`${at('cluster add')} -l subnet -d 'a subnet' -r -F`)
  expect(lines).toContain(`${at('print')} -f -a 'zsh'`)
})
