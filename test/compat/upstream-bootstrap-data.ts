import { taints, type KubeadmConfigSpec } from '@machinepool/api'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'

import { apiServerEndpoint, arbitraryWorker, caCertHash, joinToken, renderWorker, without } from './arbitrary-worker.ts'
import type { UpstreamCode } from './upstream-code.ts'

// Bootstrap data of random workers from our renderer and from upstream's templates, compared as what a machine reads.

/** kubeadm's API by a version that reads it. */
const versions = { v1beta3: 'v1.30.4', v1beta4: 'v1.33.1' } as const
type Api = keyof typeof versions

/**
 * What an older kubeadm can be asked for. It has one timeout for discovery and what follows (upstream takes that of what follows
 * only), and pulls images in its own way.
 */
function forKubeadm(spec: KubeadmConfigSpec, api: Api): KubeadmConfigSpec {
  if (api === 'v1beta4') return spec
  const { timeouts = {}, nodeRegistration = {}, ...join } = spec.joinConfiguration ?? {}
  return {
    ...spec,
    joinConfiguration: {
      ...join,
      timeouts: without(timeouts, ['discoverySeconds']),
      nodeRegistration: without(nodeRegistration, ['imagePullSerial']),
    },
  }
}

/** With what upstream's controller adds before it renders. */
function asPrepared(spec: KubeadmConfigSpec): object {
  const { key, effect } = taints.uninitialized
  const registration = spec.joinConfiguration?.nodeRegistration
  const given = registration?.taints ?? []
  const has = given.some((taint) => taint.key === key && taint.effect === effect)
  return {
    ...spec,
    joinConfiguration: {
      ...spec.joinConfiguration,
      discovery: { bootstrapToken: { token: joinToken, apiServerEndpoint, caCertHashes: [caCertHash] } },
      nodeRegistration: { ...registration, taints: has ? given : [...given, { key, effect }] },
    },
  }
}

interface CloudConfig {
  write_files: { path: string; encoding?: string; content: string }[]
  ntp?: { enabled?: boolean; servers?: string[] | null }
  disk_setup?: Record<string, { layout: unknown }> | null
  fs_setup?: unknown
  users?: { inactive?: boolean | string }[]
  mounts?: unknown
}

const joinFile = '/run/kubeadm/kubeadm-join-config.yaml'

function comparableContent({ path, encoding, content }: CloudConfig['write_files'][number]): unknown {
  if (path === joinFile) return withoutEmpty(parse(content))
  if (path === '/run/cluster-api/placeholder') return 'in own words'
  return encoding === undefined ? content : content.trim()
}

/** A cloud-config as it is compared: equal where both say the same in other words. */
function comparable(text: string): object {
  expect(text.split('\n').slice(0, 2)).toEqual(['## template: jinja', '#cloud-config'])
  const config = parse(text, { version: '1.1', logLevel: 'error' }) as CloudConfig
  const result: Record<string, unknown> = {
    ...config,
    write_files: config.write_files.map((file) => ({ ...file, content: comparableContent(file) })),
  }
  // cloud-init synchronises time when it is not told otherwise, and has servers of its own.
  if (config.ntp)
    result['ntp'] = { enabled: config.ntp.enabled ?? true, servers: [...new Set(config.ntp.servers ?? [])] }
  if (config.disk_setup) {
    // Partition types of GPT disks have other codes; see the renderer.
    const disks = Object.entries(config.disk_setup).map(([device, disk]) => [
      device,
      { ...disk, layout: Array.isArray(disk.layout) ? disk.layout.map(withoutCode) : disk.layout },
    ])
    result['disk_setup'] = Object.fromEntries(disks)
  }
  // Upstream writes a flag that cloud-init ignores.
  if (config.users) result['users'] = config.users.map((user) => ({ ...user, inactive: Boolean(user.inactive) }))
  for (const field of ['disk_setup', 'fs_setup', 'mounts', 'runcmd'] as const) {
    if (result[field] === null) delete result[field]
  }
  return withoutEmpty(result) as object
}

function seconds(text: string): number | undefined {
  const match = /^(?:(\d+)h)?(?:(\d+)m)?(\d+)s$/.exec(text)
  return match === null ? undefined : Number(match[1] ?? 0) * 3600 + Number(match[2] ?? 0) * 60 + Number(match[3])
}

function withoutCode(partition: unknown): unknown {
  const [percentage, type] = Array.isArray(partition) ? (partition as unknown[]) : [partition]
  return [percentage, type !== undefined]
}

function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty)
  // The join command differs in blanks only, durations in their units.
  if (typeof value === 'string') return seconds(value) ?? value.replaceAll(/ {2,}/g, ' ')
  if (typeof value !== 'object' || value === null) return value
  const fields = Object.entries(value).map(([name, field]) => [name, withoutEmpty(field)] as const)
  const said = fields.filter(([, field]) => {
    const isEmpty = typeof field === 'object' && field !== null && Object.keys(field).length === 0
    // False is what is meant when nothing is said, as upstream's templates have it.
    return field !== undefined && field !== null && field !== false && field !== '' && !isEmpty
  })
  return Object.fromEntries(said)
}

/** Compares bootstrap data; `upstream` is asked while the tests run. */
export function compareBootstrapData(upstream: () => UpstreamCode): void {
  describe.each(['v1beta3', 'v1beta4'] as const)('a worker whose kubeadm reads %s', (api) => {
    test('gets the cloud-config that upstream writes', async () => {
      await fc.assert(
        fc.asyncProperty(arbitraryWorker, async (worker) => {
          const spec = forKubeadm(worker, api)
          const { data } = await upstream().render({ version: versions[api], spec: asPrepared(spec) })
          expect(comparable(renderWorker(spec, api))).toEqual(comparable(data))
        }),
        { numRuns: 150 },
      )
    })
  })

  describe('Ignition', () => {
    test('of any worker is valid by the specification', async () => {
      await fc.assert(
        fc.asyncProperty(arbitraryWorker, async (spec) => {
          const ignition: KubeadmConfigSpec = {
            ...without(spec, ['bootCommands', 'mounts', 'diskSetup']),
            format: 'ignition',
            // Ignition wants absolute paths; what it cannot do was refused before.
            files: (spec.files ?? []).map((file) => ({
              ...without(file, ['encoding']),
              path: `/etc/${file.path}`,
              permissions: '0640',
            })),
            users: (spec.users ?? []).map((user) => without(user, ['inactive'])),
          }
          expect(await upstream().ignitionReport(renderWorker(ignition, 'v1beta4'))).toBe('')
        }),
        { numRuns: 60 },
      )
    })

    const full: KubeadmConfigSpec = {
      format: 'ignition',
      verbosity: 5,
      preKubeadmCommands: ['echo before'],
      postKubeadmCommands: ['echo after'],
      files: [
        { path: '/etc/a.json', owner: 'root:root', permissions: '0600', content: '{"ä": "100%"}\n' },
        { path: '/etc/blob', owner: 'core', permissions: '0644', encoding: 'base64', content: 'SGVsbG8=' },
      ],
      users: [
        {
          name: 'ops',
          gecos: 'Operations',
          groups: 'wheel, docker',
          homeDir: '/home/ops',
          lockPassword: false,
          passwd: '$6$salt$hash',
          primaryGroup: 'ops',
          shell: '/bin/bash',
          sudo: 'ALL=(ALL) NOPASSWD:ALL',
          sshAuthorizedKeys: ['ssh-ed25519 AAAA ops@example.com'],
        },
      ],
      ntp: { enabled: true, servers: ['0.pool.ntp.org'] },
      diskSetup: {
        partitions: [{ device: '/dev/sdb', layout: true, overwrite: true, tableType: 'gpt' }],
        filesystems: [{ device: '/dev/sdb1', filesystem: 'ext4', label: 'data', overwrite: true, extraOpts: ['-F'] }],
      },
      mounts: [['data', '/var/lib/data', 'noatime']],
      ignition: {
        containerLinuxConfig: {
          strict: true,
          additionalConfig: [
            'passwd: { groups: [{ name: ops, gid: 500 }] }',
            'networkd: { units: [{ name: 00-eth.network, contents: "[Match]" }] }',
            'systemd: { units: [{ name: kubelet.service, enabled: yes, dropins: [{ name: 10.conf, contents: x }] }] }',
            'storage:',
            '  directories: [{ path: /opt/a, mode: 0755 }]',
            '  links: [{ path: /opt/b, target: /opt/a }]',
            '  files: [{ path: /opt/c, mode: 0600, contents: { inline: 017 } }]',
            '  disks: [{ device: /dev/sdc, partitions: [{ number: 1, size: 2GiB, type_guid: swap_partition, label: s }] }]',
            '  raid: [{ name: md0, level: raid1, devices: [/dev/sdd, /dev/sde] }]',
            'ignition: { timeouts: { http_total: 30 } }',
          ].join('\n'),
        },
      },
    }

    test('of a worker with everything says what upstream says', async () => {
      const { data } = await upstream().render({ version: versions.v1beta4, spec: asPrepared(full) })
      const value = renderWorker(full, 'v1beta4')
      expect(await upstream().ignitionReport(value)).toBe('')
      expect(ignitionView(value)).toEqual(ignitionView(data))
    })
  })
}

/** Written in words of our own, with the same effect. */
const ownWords = new Set(['/etc/ssh/sshd_config', '/etc/ntp.conf', 'kubeadm.service', 'var-lib-data.mount'])

function ignitionView(text: string): unknown {
  return view(JSON.parse(text))
}

function view(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(view)
  if (typeof value === 'string') return value.startsWith('data:') ? shown(value) : value
  if (typeof value !== 'object' || value === null) return value
  const { path, name, contents, ...rest } = value as { path?: string; name?: string; contents?: unknown }
  const own = ownWords.has(path ?? name ?? '')
  const fields = Object.entries({ path, name, ...rest, contents: own ? 'in own words' : contents })
  const said = fields.map(([field, inner]) => [field, view(inner)] as const)
  // The document says nothing by an empty object or by false.
  return Object.fromEntries(
    said.filter(([, inner]) => inner !== undefined && inner !== false && JSON.stringify(inner) !== '{}'),
  )
}

function shown(url: string): unknown {
  const [, base64, payload = ''] = /^data:[^,]*?(;base64)?,(.*)$/s.exec(url) ?? []
  const text = base64 ? Buffer.from(payload, 'base64').toString() : decodeURIComponent(payload)
  if (text.startsWith('---\n')) return withoutEmpty(parse(text))
  // Blank lines of a script have no effect.
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
}
