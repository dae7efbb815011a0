import { defineConfig } from 'vitest/config'

import { ClosingLineReporter } from './tools/closing-line-reporter.ts'

export default defineConfig({
  // Workspace packages resolve to their TypeScript source: tests need no build.
  ssr: { resolve: { conditions: ['@machinepool/source', 'node'] } },
  test: {
    reporters: ['default', new ClosingLineReporter()],
    // A hang is a failure, not a reason to wait.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      { extends: true, test: { name: 'unit', include: ['packages/*/src/**/*.test.ts', 'apps/*/src/**/*.test.ts'] } },
      {
        extends: true,
        test: { name: 'system', include: ['test/**/*.test.ts', 'bench/**/*.test.ts', 'examples/**/*.test.ts'] },
      },
    ],
  },
})
