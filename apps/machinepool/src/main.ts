#!/usr/bin/env node
// Nothing of ours is imported before this: an older Node would stop at the first module it does not know.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 19)) {
  process.stderr.write(`machinepool needs Node 22.19 or newer; this is ${process.version}.\n`)
  process.exit(1)
}

const { runProgram } = await import('./program.ts')
const { processContext } = await import('./process-context.ts')

process.exitCode = await runProgram(process.argv.slice(2), processContext(process))
