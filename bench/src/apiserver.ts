import { homedir } from 'node:os'
import { join } from 'node:path'

import type { Benchmark, BenchmarkOptions } from './benchmark.ts'
import { call, fanOut, perSecond, type Target } from './apiserver/load.ts'
import { startEmbedded, startReal } from './apiserver/targets.ts'

const widgets = '/apis/bench.example.com/v1/namespaces/default/widgets'

const definition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.bench.example.com' },
  spec: {
    group: 'bench.example.com',
    scope: 'Namespaced',
    names: { plural: 'widgets', kind: 'Widget' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                properties: {
                  replicas: { type: 'integer', minimum: 0, default: 1 },
                  parts: {
                    type: 'array',
                    'x-kubernetes-list-type': 'map',
                    'x-kubernetes-list-map-keys': ['name'],
                    items: {
                      type: 'object',
                      required: ['name'],
                      properties: { name: { type: 'string' }, text: { type: 'string', maxLength: 200 } },
                    },
                  },
                },
              },
              status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
            },
          },
        },
      },
    ],
  },
}

/** Some 2 KB. */
function widget(index: number): object {
  const parts = Array.from({ length: 12 }, (_, part) => ({ name: `part-${part}`, text: 'x'.repeat(110) }))
  return { apiVersion: 'bench.example.com/v1', kind: 'Widget', metadata: { name: `w-${index}` }, spec: { parts } }
}

async function prepare(target: Target): Promise<void> {
  await call(target, 'POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', definition)
  for (let attempt = 0; attempt < 100; attempt += 1) {
    try {
      await call(target, 'POST', widgets, widget(-1))
      return
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
  throw new Error(`${target.name} does not take the benchmark's own kind`)
}

interface Figures {
  readonly [name: string]: number
}

async function measure(target: Target, { parameters, progress }: BenchmarkOptions): Promise<Figures> {
  const { objects = 4000, concurrency = 16, watchers = 100, changes = 100, nodes = 100_000 } = parameters
  progress(target.name)
  await prepare(target)
  // Both run warm: neither compiler nor caches are what is measured.
  await perSecond(objects / 4, concurrency, (index) => call(target, 'POST', widgets, widget(objects + index)))
  const creates = await perSecond(objects, concurrency, (index) => call(target, 'POST', widgets, widget(index)))
  const gets = await perSecond(objects, concurrency, (index) => call(target, 'GET', `${widgets}/w-${index}`))
  const patch = (index: number, replicas: number) =>
    call(target, 'PATCH', `${widgets}/w-${index}`, { spec: { replicas } }, 'application/merge-patch+json')
  const patches = await perSecond(objects, concurrency, (index) => patch(index, 2))
  const lists = await perSecond(40, 4, () => call(target, 'GET', `${widgets}?limit=500`))
  const events = await fanOut(target, widgets, watchers, changes, (index) => patch(index, 3))
  progress(`${target.name}: ${nodes} Nodes`)
  await perSecond(nodes, 64, (index) => call(target, 'POST', '/api/v1/nodes', node(index)))
  const rssMiB = Math.round(target.rss() / 2 ** 20)
  const listSeconds = await listNodes(target, nodes)
  const rssAfterListMiB = Math.round(target.rss() / 2 ** 20)
  return { creates, gets, patches, lists, events, listSeconds, rssMiB, rssAfterListMiB }
}

function node(index: number): object {
  return {
    metadata: { name: `n-${index}`, labels: { 'topology.kubernetes.io/zone': `zone-${index % 3}` } },
    spec: { providerID: `aws:///zone-${index % 3}/i-${index}` },
  }
}

/** Reads all Nodes in pages of 500; the result is the seconds it took. */
async function listNodes(target: Target, expected: number): Promise<number> {
  const started = performance.now()
  let token = ''
  let found = 0
  do {
    const text = await call(target, 'GET', `/api/v1/nodes?limit=500&continue=${token}`)
    const page = JSON.parse(text) as { metadata: { continue?: string }; items: unknown[] }
    found += page.items.length
    token = encodeURIComponent(page.metadata.continue ?? '')
  } while (token !== '')
  if (found !== expected) throw new Error(`${target.name} lists ${found} of ${expected} Nodes`)
  return Math.round((performance.now() - started) / 10) / 100
}

async function run(start: () => Promise<Target | undefined>, options: BenchmarkOptions): Promise<Figures | undefined> {
  const target = await start()
  if (target === undefined) return undefined
  try {
    return await measure(target, options)
  } finally {
    await target.close()
  }
}

/** What the embedded server does, as a multiple of what the real one does. */
function ratios(embedded: Figures, real: Figures): Figures {
  const entries = Object.keys(embedded).map((name) => [name, (embedded[name] ?? 0) / (real[name] ?? 1)] as const)
  return Object.fromEntries(entries.map(([name, ratio]) => [name, Math.round(ratio * 100) / 100]))
}

/** The embedded API server against kube-apiserver and etcd, where these are found. */
export const apiserver: Benchmark = {
  name: 'apiserver',
  description:
    'Writes and reads of --objects custom resources of 2 KB at --concurrency, --watchers, a list of --nodes in pages, memory; embedded in memory and on SQLite, and the real server with etcd where it was built (test/oracle).',
  async run(options) {
    const assets = process.env['KUBEBUILDER_ASSETS'] ?? join(homedir(), '.cache', 'machinepool', 'oracle')
    const memory = await run(() => startEmbedded('memory'), options)
    const sqlite = await run(() => startEmbedded('sqlite'), options)
    const real = await run(() => startReal(assets), options)
    return {
      unit: {
        creates: '1/s',
        gets: '1/s',
        patches: '1/s',
        lists: '1/s',
        events: '1/s',
        listSeconds: 's',
        rssMiB: 'MiB',
      },
      memory,
      sqlite,
      ...(real === undefined || memory === undefined || sqlite === undefined
        ? {}
        : { real, memoryToReal: ratios(memory, real), sqliteToReal: ratios(sqlite, real) }),
    }
  },
}
