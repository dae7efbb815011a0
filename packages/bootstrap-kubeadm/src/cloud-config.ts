import { stringify } from 'yaml'

import type { MachineData, MachineFile, MachineUser } from './machine-data.ts'
import { joinConfigurationFile, sentinelFile } from './names.ts'

// PyYAML reads YAML 1.1, where an unquoted `yes` is a boolean: the output is of that version.

/** Lets cloud-init replace `{{ ds.meta_data.local_hostname }}` and the like before it reads the YAML. */
const header = '## template: jinja\n#cloud-config\n'

/**
 * cloud-init user data for one machine of the pool.
 * https://cloudinit.readthedocs.io/en/latest/reference/modules.html
 */
export function renderCloudConfig(data: MachineData): string {
  const document = {
    ...(data.bootCommands.length > 0 ? { bootcmd: [...data.bootCommands] } : {}),
    // Ours last: nothing that the user writes to the same path replaces them.
    write_files: [...data.files, ...ownFiles(data)].map(writeFile),
    runcmd: [...data.preKubeadmCommands, joinCommand(data), ...data.postKubeadmCommands],
    ...(data.ntp === undefined ? {} : { ntp: ntp(data.ntp) }),
    ...(data.users.length > 0 ? { users: data.users.map(user) } : {}),
    ...diskSetup(data.diskSetup),
    ...(data.mounts === undefined ? {} : { mounts: data.mounts }),
  }
  return header + stringify(document, { version: '1.1', lineWidth: 0, blockQuote: 'literal' })
}

/** Files that every machine gets. */
function ownFiles(data: MachineData): MachineFile[] {
  return [
    { path: joinConfigurationFile, owner: 'root:root', permissions: '0640', content: data.joinConfiguration },
    {
      path: '/run/cluster-api/placeholder',
      owner: 'root:root',
      permissions: '0640',
      // Writing a file makes its directory on every operating system.
      content: 'Makes the directory of the sentinel file.\n',
    },
  ]
}

/** The sentinel tells whoever looks at the machine that it has joined. */
function joinCommand({ verbosity }: Pick<MachineData, 'verbosity'>): string {
  const log = verbosity === undefined ? '' : ` --v ${verbosity}`
  return `kubeadm join --config ${joinConfigurationFile}${log} && echo success > ${sentinelFile}`
}

function writeFile(file: MachineFile): object {
  return compact({
    path: file.path,
    encoding: file.encoding,
    owner: file.owner,
    permissions: file.permissions,
    append: file.append,
    content: file.content,
  })
}

function ntp({ enabled, servers }: NonNullable<MachineData['ntp']>): object {
  // cloud-init wants each server once.
  const once = [...new Set(servers)]
  return compact({ enabled: enabled ?? true, servers: once.length === 0 ? undefined : once })
}

function user(account: MachineUser): object {
  return compact({
    name: account.name,
    passwd: account.passwd,
    gecos: account.gecos,
    groups: account.groups,
    homedir: account.homeDir,
    // Days after the password has expired; cloud-init ignores anything but text.
    inactive: account.inactive === true ? '0' : undefined,
    lock_passwd: account.lockPassword,
    shell: account.shell,
    primary_group: account.primaryGroup,
    sudo: account.sudo,
    ssh_authorized_keys: account.sshAuthorizedKeys?.length === 0 ? undefined : account.sshAuthorizedKeys,
  })
}

type DiskSetup = NonNullable<MachineData['diskSetup']>
type Partition = NonNullable<DiskSetup['partitions']>[number]

function diskSetup(setup: DiskSetup | undefined): object {
  const disks = setup?.partitions?.map((partition) => [partition.device, disk(partition)] as const) ?? []
  const filesystems = setup?.filesystems?.map((filesystem) =>
    compact({
      label: filesystem.label,
      filesystem: filesystem.filesystem,
      device: filesystem.device,
      // `auto`, `any`, `none`, or a number.
      partition: /^\d+$/.test(filesystem.partition ?? '') ? Number(filesystem.partition) : filesystem.partition,
      overwrite: filesystem.overwrite,
      replace_fs: filesystem.replaceFS,
      extra_opts: filesystem.extraOpts?.length === 0 ? undefined : filesystem.extraOpts,
    }),
  )
  return {
    ...(disks.length > 0 ? { disk_setup: Object.fromEntries(disks) } : {}),
    ...(filesystems === undefined || filesystems.length === 0 ? {} : { fs_setup: filesystems }),
  }
}

function disk({ tableType, layout, diskLayout, overwrite }: Partition): object {
  const codes = tableType === 'gpt' ? gptCodes : mbrCodes
  return compact({
    table_type: tableType,
    layout:
      diskLayout?.map(({ percentage, partitionType }) =>
        // A type that is no name is a GPT partition GUID and goes as it is.
        partitionType === undefined ? percentage : [percentage, codes[partitionType] ?? partitionType],
      ) ?? layout,
    overwrite,
  })
}

/** sfdisk's codes; cloud-init's schema wants numbers, where they are any. */
const mbrCodes: Readonly<Record<string, string | number>> = {
  Linux: 83,
  LinuxSwap: 82,
  LinuxRAID: 'fd',
  LVM: '8e',
  Fat32: '0c',
  NTFS: '07',
  LinuxExtended: 85,
}

/** sgdisk's codes; GPT has no extended partitions, the nearest is a Linux file system. */
const gptCodes: Readonly<Record<string, string | number>> = {
  Linux: 8300,
  LinuxSwap: 8200,
  LinuxRAID: 'fd00',
  LVM: '8e00',
  Fat32: '0700',
  NTFS: '0700',
  LinuxExtended: 8300,
}

function compact(fields: Record<string, unknown>): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}
