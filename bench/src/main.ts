// npm run bench                 lists the benchmarks
// npm run bench -- NAME [...]   runs one: a JSON object on standard output, progress on standard error
import { parseArguments } from './arguments.ts'
import { benchmarks } from './benchmarks.ts'

async function main(args: readonly string[]): Promise<number> {
  const { name, parameters } = parseArguments(args)
  if (name === undefined) {
    for (const benchmark of benchmarks) console.log(`${benchmark.name}\t${benchmark.description}`)
    return 0
  }
  const benchmark = benchmarks.find((candidate) => candidate.name === name)
  if (!benchmark) {
    console.error(`There is no benchmark "${name}". There are: ${benchmarks.map((each) => each.name).join(', ')}`)
    return 2
  }
  const result = await benchmark.run({ parameters, progress: (message) => console.error(`${name}: ${message}`) })
  console.log(JSON.stringify({ benchmark: name, node: process.version, ...result }))
  return 0
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  console.error(error instanceof Error ? (error.stack ?? error.message) : error)
  process.exitCode = 1
}
