import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

import { assetsFolder } from './servers.ts'

/** Builds kube-apiserver and etcd from their Go modules. */
const folder = assetsFolder(process.env)
mkdirSync(folder, { recursive: true })
const version = 'k8s.io/component-base/version'
const flags = `-s -w -X ${version}.gitVersion=v1.34.4 -X ${version}.gitMajor=1 -X ${version}.gitMinor=34`
const { status } = spawnSync(
  'go',
  ['build', '-o', `${folder}/`, '-ldflags', flags, './cmd/etcd', './cmd/kube-apiserver'],
  {
    cwd: join(import.meta.dirname, 'servers'),
    stdio: 'inherit',
  },
)
process.exitCode = status ?? 1
