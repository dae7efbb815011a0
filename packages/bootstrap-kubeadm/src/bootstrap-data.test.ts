import { readdirSync, readFileSync } from 'node:fs'

import type { KubeadmConfigSpec } from '@machinepool/api'
import { describe, expect, it } from 'vitest'
import { parse, stringify } from 'yaml'

import { renderBootstrapData } from './bootstrap-data.ts'
import { kubeadmApiOf, parseKubernetesVersion } from './kubernetes-version.ts'

interface GoldenCase {
  version: string
  discovery: { apiServerEndpoint: string; caCertHashes: string[] }
  spec: KubeadmConfigSpec
}

const folder = new URL('golden/', import.meta.url)
const cases = readdirSync(folder).flatMap((file) =>
  file.endsWith('.input.yaml') ? [file.replace('.input.yaml', '')] : [],
)
const token = 'abcdef.0123456789abcdef'

function load(name: string): GoldenCase {
  return parse(readFileSync(new URL(`${name}.input.yaml`, folder), 'utf8')) as GoldenCase
}

function render({ version, discovery, spec }: GoldenCase, joinToken = token) {
  const api = kubeadmApiOf(parseKubernetesVersion(version)!)!
  return renderBootstrapData({
    spec,
    api,
    discovery: { kind: 'token', token: joinToken, ...discovery },
    files: (spec.files ?? []).map((file) => ({ ...file, content: file.content ?? '' })),
    users: spec.users ?? [],
  })
}

const literal = { lineWidth: 0, blockQuote: 'literal' } as const

/** File contents as text, in place of data URLs. */
function withPlainContents(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withPlainContents)
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, withPlainContents(field)]))
  }
  return typeof value === 'string' && value.startsWith('data:,') ? decodeURIComponent(value.slice(6)) : value
}

describe('renderBootstrapData', () => {
  it.each(cases)('%s', async (name) => {
    const { value, format } = render(load(name))
    const shown = format === 'ignition' ? stringify(withPlainContents(JSON.parse(value)), literal) : value
    await expect(shown).toMatchFileSnapshot(new URL(`${name}.golden.yaml`, folder).pathname)
  })

  const cloudConfigs = cases.filter((name) => load(name).spec.format !== 'ignition')
  it.each(cloudConfigs)('%s is YAML below a jinja header', (name) => {
    const { value } = render(load(name))
    expect(value.startsWith('## template: jinja\n#cloud-config\n')).toBe(true)
    const document = parse(value) as { write_files: { path: string; content: string }[]; runcmd: string[] }
    const join = document.write_files.find((file) => file.path === '/run/kubeadm/kubeadm-join-config.yaml')
    expect(parse(join!.content)).toMatchObject({ kind: 'JoinConfiguration', discovery: { bootstrapToken: { token } } })
    expect(document.runcmd.find((command) => command.startsWith('kubeadm join'))).toContain(
      '&& echo success > /run/cluster-api/bootstrap-success.complete',
    )
  })

  it('has a revision that a new token does not change and anything else does (R14)', () => {
    const golden = load('everything')
    const { revision } = render(golden)
    expect(render(golden, 'zzzzzz.zzzzzzzzzzzzzzzz').revision).toBe(revision)
    expect(render({ ...golden, version: 'v1.30.0' }).revision).not.toBe(revision)
    expect(render({ ...golden, spec: { ...golden.spec, verbosity: 6 } }).revision).not.toBe(revision)
    const elsewhere = { ...golden.discovery, apiServerEndpoint: 'other:6443' }
    expect(render({ ...golden, discovery: elsewhere }).revision).not.toBe(revision)
  })
})
