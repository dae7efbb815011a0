#!/usr/bin/env node
import { runManagerProgram } from '@machinepool/runtime'

import { gcpManager } from './gcp-manager.ts'

const controller = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => controller.abort())
}
process.exitCode = await runManagerProgram(gcpManager(process.env), {
  args: process.argv.slice(2),
  env: process.env,
  signal: controller.signal,
  write: (text) => void process.stderr.write(text),
})
