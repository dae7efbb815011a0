import * as s from '../../toolkit/schema.ts'
import { secretKeyReference } from '../../toolkit/shapes.ts'
import { word, type Style } from './style.ts'

// What is set up on the machine around kubeadm: files, users, disks, commands.

const fromSecret = (description: string) =>
  s.object(description, { secret: secretKeyReference('Key of a Secret in the same namespace.') })

/** Each file and account has one source. */
const oneOf = (first: string, second: string): s.ValidationRule => ({
  rule: `!has(self.${first}) || !has(self.${second})`,
  message: `only one of ${first} and ${second} may be set`,
  reason: 'FieldValueForbidden',
})

export const file = () =>
  s.object(
    'One file.',
    {
      path: word('Where the file is written.', 512),
      owner: s.optional(word('Owner as user:group.', 256)),
      permissions: s.optional(word('Mode in octal, e.g. 0640.', 16)),
      encoding: s.optional(s.oneOf('How the content is encoded.', ['base64', 'gzip', 'gzip+base64'])),
      append: s.optional(s.boolean('Add to an existing file in place of replacing it.')),
      content: s.optional(word('The content itself.', 10240)),
      contentFrom: s.optional(fromSecret('Where the content is read from.')),
      contentFormat: s.optional(
        s.oneOf('Whether the content is taken as it is or rendered as a template first.', ['Raw', 'Template']),
      ),
    },
    { rules: [oneOf('content', 'contentFrom')] },
  )

const user = (style: Style) =>
  s.object(
    'One user account.',
    {
      name: word('Name of the account.', 256),
      gecos: s.optional(word('Full name and the like.', 256)),
      groups: s.optional(word('Further groups, separated by commas.', 256)),
      homeDir: s.optional(word('Home directory.', 256)),
      inactive: s.optional(s.boolean('Make the account without letting it log in.')),
      shell: s.optional(word('Login shell.', 256)),
      passwd: s.optional(word('Password hash.', 256)),
      passwdFrom: s.optional(fromSecret('Where the password hash is read from.')),
      primaryGroup: s.optional(word('Primary group.', 256)),
      lockPassword: s.optional(s.boolean('Refuse to log in with a password.')),
      sudo: s.optional(word('Sudo rule, e.g. ALL=(ALL) NOPASSWD:ALL.', 256)),
      sshAuthorizedKeys: s.optional(style.looseList('SSH keys that may log in.', word('One public key.', 2048), 100)),
    },
    { rules: [oneOf('passwd', 'passwdFrom')] },
  )

const partitionTypeRule: s.ValidationRule = {
  rule: "self.matches('^(Linux|LinuxSwap|LinuxRAID|LVM|Fat32|NTFS|LinuxExtended|[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})$')",
  message: 'must be Linux, LinuxSwap, LinuxRAID, LVM, Fat32, NTFS, LinuxExtended or a GPT partition GUID',
}

const diskLayout = (style: Style) =>
  // minItems holds in both versions.
  s.optional({
    ...style.list(
      'Partitions, in order.',
      s.object('One partition.', {
        percentage: s.int32('Share of the disk in percent.', { minimum: 1, maximum: 100 }),
        partitionType: s.optional(
          s.text('Type of the partition.', { minLength: 1, maxLength: 36, rules: [partitionTypeRule] }),
        ),
      }),
      100,
    ),
    minItems: 1,
  })

const partitionCommon = (style: Style) => ({
  device: word('Device, e.g. /dev/sdb.', 256),
  diskLayout: diskLayout(style),
  overwrite: s.optional(s.boolean('Partition also when the disk already has a table.')),
  tableType: s.optional(s.oneOf('Kind of partition table.', ['mbr', 'gpt'])),
})

const partitionV1Beta1 = (style: Style) =>
  s.object('Partitions of one disk.', {
    ...partitionCommon(style),
    layout: s.boolean('Make one partition over the whole disk.'),
  })

const partitionV1Beta2 = (style: Style) =>
  s.object(
    'Partitions of one disk.',
    {
      ...partitionCommon(style),
      layout: s.optional(s.boolean('Make one partition over the whole disk.')),
    },
    {
      rules: [
        {
          rule: 'has(self.layout) != has(self.diskLayout)',
          message: 'exactly one of layout and diskLayout must be set',
        },
      ],
    },
  )

const filesystem = (style: Style) =>
  s.object('One file system.', {
    device: word('Device, e.g. /dev/sdb.', 256),
    filesystem: word('Type, e.g. ext4.', 128),
    label: s.optional(word('Label.', 512)),
    partition: s.optional(word('Partition: auto, any, none or a number.', 128)),
    overwrite: s.optional(s.boolean('Replace an existing file system.')),
    replaceFS: s.optional(word('Replace only a file system of this type.', 128)),
    extraOpts: s.optional(style.looseList('Further options of mkfs.', word('One option.', 256), 100)),
  })

const diskSetup = <P extends ReturnType<typeof partitionV1Beta1> | ReturnType<typeof partitionV1Beta2>>(
  style: Style,
  partition: P,
) =>
  s.object(
    'Partitions and file systems to make.',
    {
      partitions: s.optional(style.looseList('Disks to partition.', partition, 100)),
      filesystems: s.optional(style.looseList('File systems to make.', filesystem(style), 100)),
    },
    style.nonEmpty,
  )

export const diskSetupV1Beta1 = (style: Style) => diskSetup(style, partitionV1Beta1(style))
export const diskSetupV1Beta2 = (style: Style) => diskSetup(style, partitionV1Beta2(style))

const isIgnition = "has(self.format) && self.format == 'ignition'"

/** What of the fields around kubeadm fits which format. */
export const formatRules: readonly s.ValidationRule[] = [
  {
    rule: `!has(self.ignition) || (${isIgnition})`,
    message: 'may be set only if format is ignition',
    fieldPath: '.ignition',
  },
  ...[
    ['bootCommands', '!has(self.bootCommands)', 'not supported when format is ignition'],
    [
      'files',
      "!has(self.files) || self.files.all(f, !has(f.encoding) || f.encoding == 'base64')",
      'encoding may only be base64 when format is ignition',
    ],
    [
      'users',
      '!has(self.users) || self.users.all(u, !has(u.inactive) || !u.inactive)',
      'inactive is not supported when format is ignition',
    ],
    [
      'diskSetup',
      '!has(self.diskSetup) || ((!has(self.diskSetup.partitions) || ' +
        "self.diskSetup.partitions.all(p, !has(p.tableType) || p.tableType == 'gpt')) && " +
        '(!has(self.diskSetup.filesystems) || ' +
        'self.diskSetup.filesystems.all(f, !has(f.replaceFS) && !has(f.partition))))',
      'tableType may only be gpt, and replaceFS and partition are not supported, when format is ignition',
    ],
  ].map(([field, rule, message]): s.ValidationRule => ({
    rule: `!(${isIgnition}) || (${rule})`,
    message: message ?? '',
    fieldPath: `.${field}`,
  })),
]

/** The fields around kubeadm that both versions share. */
export function machineSetup(style: Style) {
  return {
    files: s.optional({
      ...style.list('Files to write.', file(), 200),
      'x-kubernetes-validations': [
        {
          rule: 'self.all(x, self.exists_one(y, x.path == y.path))',
          message: 'path must be unique among the files',
        },
      ],
    }),
    users: s.optional(style.list('User accounts to make.', user(style), 100)),
    ntp: s.optional(
      s.object(
        'Time synchronisation.',
        {
          servers: s.optional(style.looseList('NTP servers.', word('One server.', 512), 100)),
          enabled: s.optional(s.boolean('Whether time is synchronised.')),
        },
        style.nonEmpty,
      ),
    ),
    bootCommands: s.optional(style.list('Commands that run early in every boot.', word('One command.', 10240), 1000)),
    preKubeadmCommands: s.optional(style.list('Commands before kubeadm.', word('One command.', 10240), 1000)),
    postKubeadmCommands: s.optional(style.list('Commands after kubeadm.', word('One command.', 10240), 1000)),
    format: s.optional(s.oneOf('Format of the bootstrap data.', ['cloud-config', 'ignition'])),
    verbosity: s.optional(s.int32('Log level of kubeadm.')),
    ignition: s.optional(
      s.object(
        'Settings for the Ignition format.',
        {
          containerLinuxConfig: s.optional(
            s.object(
              'Container Linux Config to add.',
              {
                additionalConfig: s.optional(word('Configuration that is merged with the generated one.', 32768)),
                strict: s.optional(s.boolean('Refuse a configuration that has warnings.')),
              },
              style.nonEmpty,
            ),
          ),
        },
        style.nonEmpty,
      ),
    ),
  }
}
