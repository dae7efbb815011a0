import type { MachineData, MachineFile, MachineUser } from '../machine-data.ts'
import { sentinelFile } from '../names.ts'
import { containerLinuxAddition } from './container-linux-config.ts'
import { appendIgnition, dataUrl, type IgnitionConfig, type IgnitionPart } from './ignition-config.ts'

/** kubeadm's configuration; moved away when it was used, so that a reboot doesn't join again. */
const joinConfigurationFile = '/etc/kubeadm.yml'
const joinScript = '/etc/kubeadm.sh'

/** Ignition user data for one machine of the pool: a unit runs a script with kubeadm and the commands around it. */
export function renderIgnition(data: MachineData, additionalConfig: string | undefined): string {
  const config: IgnitionConfig = {
    ignition: { version: '2.3.0' },
    ...(data.users.length > 0 ? { passwd: { users: data.users.map(user) } } : {}),
    storage: storage(data),
    systemd: { units: units(data) },
  }
  const { addition } = containerLinuxAddition(additionalConfig ?? '', { strict: false })
  return JSON.stringify(appendIgnition(config, addition))
}

function storage(data: MachineData): IgnitionPart {
  const { partitions = [], filesystems = [] } = data.diskSetup ?? {}
  return {
    ...(partitions.length > 0
      ? {
          disks: partitions.map(({ device, overwrite, layout }) => ({
            device,
            ...(overwrite === true ? { wipeTable: true } : {}),
            ...(layout === true ? { partitions: [{}] } : {}),
          })),
        }
      : {}),
    ...(filesystems.length > 0
      ? {
          filesystems: filesystems.map(({ label, device, filesystem, overwrite, extraOpts = [] }) => ({
            ...(label === undefined ? {} : { name: label }),
            mount: {
              device,
              format: filesystem,
              ...(overwrite === true ? { wipeFilesystem: true } : {}),
              ...(label === undefined ? {} : { label }),
              ...(extraOpts.length > 0 ? { options: extraOpts } : {}),
            },
          })),
        }
      : {}),
    files: files(data).map(file),
  }
}

function files(data: MachineData): MachineFile[] {
  const { ntp } = data
  const servers = ntp?.enabled === false ? [] : (ntp?.servers ?? [])
  return [
    ...data.users.flatMap(sudoRule),
    ...passwordLogins(data.users),
    ...data.files,
    { path: joinScript, permissions: '0700', content: script(data) },
    { path: joinConfigurationFile, permissions: '0600', content: data.joinConfiguration },
    ...(servers.length > 0 ? [{ path: '/etc/ntp.conf', permissions: '0644', content: ntpConfiguration(servers) }] : []),
  ]
}

function file({ path, owner, permissions, encoding, append, content }: MachineFile): IgnitionPart {
  const [userName = '', groupName = ''] = (owner ?? '').split(':').map((part) => part.trim())
  return {
    filesystem: 'root',
    path,
    ...(userName === '' ? {} : { user: { name: userName } }),
    ...(groupName === '' ? {} : { group: { name: groupName } }),
    mode: Number.parseInt(permissions ?? '0644', 8),
    ...(append === true ? { append: true } : {}),
    contents: { source: dataUrl(encoding === 'base64' ? Buffer.from(content, 'base64') : content) },
  }
}

function script({ preKubeadmCommands, postKubeadmCommands, verbosity }: MachineData): string {
  const log = verbosity === undefined ? '' : ` --v ${verbosity}`
  return [
    '#!/bin/bash',
    'set -e',
    ...preKubeadmCommands,
    `kubeadm join --config ${joinConfigurationFile}${log}`,
    `mkdir -p ${sentinelFile.slice(0, sentinelFile.lastIndexOf('/'))} && echo success > ${sentinelFile}`,
    `mv ${joinConfigurationFile} /tmp/`,
    ...postKubeadmCommands,
    '',
  ].join('\n')
}

function user(account: MachineUser): IgnitionPart {
  const groups = (account.groups ?? '').split(',').flatMap((name) => (name.trim() === '' ? [] : [name.trim()]))
  const keys = account.sshAuthorizedKeys ?? []
  return {
    name: account.name,
    ...(account.gecos === undefined ? {} : { gecos: account.gecos }),
    ...(groups.length > 0 ? { groups } : {}),
    ...(account.homeDir === undefined ? {} : { homeDir: account.homeDir }),
    ...(account.shell === undefined ? {} : { shell: account.shell }),
    ...(account.passwd === undefined ? {} : { passwordHash: account.passwd }),
    ...(account.primaryGroup === undefined ? {} : { primaryGroup: account.primaryGroup }),
    ...(keys.length > 0 ? { sshAuthorizedKeys: keys } : {}),
  }
}

function sudoRule({ name, sudo }: MachineUser): MachineFile[] {
  if (sudo === undefined) return []
  return [{ path: `/etc/sudoers.d/${name}`, permissions: '0600', content: `${name} ${sudo}\n` }]
}

/** Container Linux lets nobody log in by password, unless its SSH server is told otherwise. */
function passwordLogins(users: readonly MachineUser[]): MachineFile[] {
  const names = users.filter(({ lockPassword }) => lockPassword === false).map(({ name }) => name)
  if (names.length === 0) return []
  const content = [
    'Subsystem sftp internal-sftp',
    'ClientAliveInterval 180',
    'UseDNS no',
    'UsePAM yes',
    'PrintLastLog no',
    'PrintMotd no',
    '',
    `Match User ${names.join(',')}`,
    '  PasswordAuthentication yes',
    '',
  ].join('\n')
  return [{ path: '/etc/ssh/sshd_config', permissions: '0600', content }]
}

/** Answers nobody but the machine itself. https://www.ntp.org/documentation/4.2.8-series/accopt/ */
function ntpConfiguration(servers: readonly string[]): string {
  return [
    ...servers.map((server) => `server ${server}`),
    'restrict default nomodify nopeer noquery notrap limited kod',
    'restrict 127.0.0.1',
    'restrict [::1]',
    '',
  ].join('\n')
}

function units(data: MachineData): IgnitionPart[] {
  return [
    { name: 'kubeadm.service', enabled: true, contents: joinUnit },
    ...(data.ntp === undefined || data.ntp.enabled === false ? [] : [{ name: 'ntpd.service', enabled: true }]),
    ...(data.mounts ?? []).map((fields) => mountUnit(fields, data)),
  ]
}

const joinUnit = `[Unit]
Description=Join the Kubernetes cluster
ConditionPathExists=${joinConfigurationFile}
After=network.target
[Service]
Type=oneshot
ExecStart=/bin/bash ${joinScript}
[Install]
WantedBy=multi-user.target
`

/** A mount is a label or device, a mount point and options. */
function mountUnit([what = '', where = '', ...options]: readonly string[], { diskSetup }: MachineData): IgnitionPart {
  const label = what.replace(/^LABEL=/, '')
  const made = diskSetup?.filesystems?.find((filesystem) => filesystem.label === label)?.device
  const device = made ?? (what.startsWith('/') ? what : `/dev/disk/by-label/${label}`)
  const contents = [
    '[Unit]',
    `Description=Mount ${what}`,
    '[Mount]',
    `What=${device}`,
    `Where=${where}`,
    `Options=${options.join(',')}`,
    '[Install]',
    'WantedBy=multi-user.target',
    '',
  ].join('\n')
  return { name: mountUnitName(where), enabled: true, contents }
}

/** systemd refuses a mount unit whose name does not spell its path. https://www.freedesktop.org/software/systemd/man/latest/systemd.unit.html */
export function mountUnitName(path: string): string {
  const parts = path.split('/').filter((part) => part !== '')
  const escaped = parts.map((part, index) =>
    [...Buffer.from(part)]
      .map((byte, at) => {
        const character = String.fromCodePoint(byte)
        const plain = /[a-zA-Z0-9:_]/.test(character) || (character === '.' && (index > 0 || at > 0))
        return plain ? character : `\\x${byte.toString(16).padStart(2, '0')}`
      })
      .join(''),
  )
  return `${parts.length === 0 ? '-' : escaped.join('-')}.mount`
}
