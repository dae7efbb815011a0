import { isAlias, isMap, isScalar, isSeq, parseDocument, type Document, type Node } from 'yaml'

import { dataUrl, type IgnitionAddition, type IgnitionPart } from './ignition-config.ts'

// A Container Linux Config is Ignition in YAML with other names for the fields, and with sections that write units for
// particular services. The former are converted; the latter are refused, since most of those services are long gone.
// https://github.com/flatcar/container-linux-config-transpiler/blob/flatcar-master/doc/configuration.md

/** What of a Container Linux Config cannot be carried out. */
export interface ConfigProblem {
  /** Where in the configuration, e.g. `storage.files[0].mode`. */
  readonly path: string
  readonly why: string
}

export interface ContainerLinuxAddition {
  readonly addition: IgnitionAddition
  /** Empty when everything was converted. */
  readonly problems: readonly ConfigProblem[]
}

/** Converts a Container Linux Config. Pure. With `strict`, fields that nobody knows are problems too. */
export function containerLinuxAddition(text: string, { strict }: { readonly strict: boolean }): ContainerLinuxAddition {
  const document = parseDocument(text, { version: '1.1' })
  const [error] = document.errors
  if (error !== undefined) return { addition: {}, problems: [{ path: '', why: `not YAML: ${error.message}` }] }
  const problems: ConfigProblem[] = []
  const reader: Reader = { document, strict, report: (path, why) => void problems.push({ path, why }) }
  const { contents } = document
  if (contents === null || (isScalar(contents) && contents.value === null)) return { addition: {}, problems }
  const addition = readFields(reader, contents, config, '') ?? {}
  return { addition, problems }
}

interface Reader {
  readonly document: Document
  readonly strict: boolean
  readonly report: (path: string, why: string) => void
}

/** Reads one value; `undefined` when it is wrong, which was then reported. */
type Read = (reader: Reader, node: Node, path: string) => unknown
/** By name in the Container Linux Config: the name in Ignition and how the value is read. */
type Fields = Readonly<Record<string, readonly [name: string, read: Read]>>

function readFields(reader: Reader, given: Node, fields: Fields, path: string): IgnitionPart | undefined {
  const node = resolved(reader, given)
  if (!isMap(node)) {
    reader.report(path, 'must be a mapping')
    return undefined
  }
  const result: Record<string, unknown> = {}
  for (const { key, value } of node.items) {
    const name = String(isScalar(key) ? key.value : key)
    const at = path === '' ? name : `${path}.${name}`
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined
    if (field === undefined) {
      if (reader.strict) reader.report(at, 'there is no such field')
      continue
    }
    const [target, read] = field
    if (isNode(value) && !isNull(value)) result[target] = read(reader, value, at)
  }
  return result
}

function isNode(value: unknown): value is Node {
  return isMap(value) || isSeq(value) || isScalar(value) || isAlias(value)
}

function isNull(node: Node): boolean {
  return isScalar(node) && node.value === null
}

function resolved({ document }: Reader, node: Node): Node {
  return (isAlias(node) ? node.resolve(document) : undefined) ?? node
}

/** Text keeps the form in which it was written: a password hash or a version may look like a number. */
const text: Read = (reader, given, path) => {
  const node = resolved(reader, given)
  if (isScalar(node)) return node.value instanceof Uint8Array ? node.value : (node.source ?? String(node.value))
  reader.report(path, 'must be text')
  return undefined
}

const integer: Read = (reader, given, path) => {
  const node = resolved(reader, given)
  if (isScalar(node) && Number.isSafeInteger(node.value)) return node.value
  reader.report(path, 'must be a whole number')
  return undefined
}

const flag: Read = (reader, given, path) => {
  const node = resolved(reader, given)
  if (isScalar(node) && typeof node.value === 'boolean') return node.value
  reader.report(path, 'must be true or false')
  return undefined
}

const list =
  (read: Read): Read =>
  (reader, given, path) => {
    const node = resolved(reader, given)
    if (!isSeq(node)) {
      reader.report(path, 'must be a list')
      return undefined
    }
    return node.items.filter(isNode).map((item, index) => read(reader, item, `${path}[${index}]`))
  }

const part =
  (fields: Fields): Read =>
  (reader, node, path) =>
    readFields(reader, node, fields, path)

const refused =
  (why: string): Read =>
  (reader, _node, path) => {
    reader.report(path, why)
    return undefined
  }

/** `{ hash: { function, sum } }` becomes `{ hash: "function-sum" }`. */
const verification: Read = (reader, node, path) => {
  const read = readFields(
    reader,
    node,
    { hash: ['hash', part({ function: ['function', text], sum: ['sum', text] })] },
    path,
  )
  const hash = read?.['hash'] as { function?: string; sum?: string } | undefined
  return hash?.function === undefined || hash.sum === undefined ? {} : { hash: `${hash.function}-${hash.sum}` }
}

const reference = part({ source: ['source', text], verification: ['verification', verification] })
const owner = part({ id: ['id', integer], name: ['name', text] })

/** A size or an offset such as `2GiB`, in MiB. */
const mebibytes: Read = (reader, node, path) => {
  const written = text(reader, node, path)
  const match = /^(\d+)(K|M|G|T)?(?:i?B)?$/.exec(String(written))
  const bytes = Number(match?.[1]) * 1024 ** ['', 'K', 'M', 'G', 'T'].indexOf(match?.[2] ?? '')
  const size = bytes / 1024 ** 2
  if (match !== null && Number.isSafeInteger(size)) return size
  reader.report(path, 'must be a size in whole MiB, such as 512MiB or 2GiB')
  return undefined
}

/** https://en.wikipedia.org/wiki/GUID_Partition_Table#Partition_type_GUIDs */
const partitionTypes: Readonly<Record<string, string>> = {
  raid_containing_root: 'be9067b9-ea49-4f15-b4f6-f36f8c9e1818',
  linux_filesystem_data: '0fc63daf-8483-4772-8e79-3d69d8477de4',
  swap_partition: '0657fd6d-a4ab-43c4-84e5-0933c84b4f4f',
  raid_partition: 'a19d880f-05fc-4d3b-a006-743f0f84911e',
}

const partitionType: Read = (reader, node, path) => {
  const written = String(text(reader, node, path))
  return Object.hasOwn(partitionTypes, written) ? partitionTypes[written] : written
}

const contents: Read = (reader, node, path) => {
  const read = readFields(
    reader,
    node,
    {
      inline: ['inline', text],
      remote: [
        'remote',
        part({
          url: ['source', text],
          compression: ['compression', text],
          verification: ['verification', verification],
        }),
      ],
      local: ['local', refused('a machine cannot read a file of the place where its configuration is made')],
    },
    path,
  )
  const inline = read?.['inline'] as string | Uint8Array | undefined
  const remote = read?.['remote'] as IgnitionPart | undefined
  if (inline !== undefined && remote?.['source'] !== undefined) {
    reader.report(path, 'only one of inline and remote may be set')
  }
  return { source: inline === undefined ? 'data:,' : dataUrl(inline), ...remote }
}

const place: Fields = {
  filesystem: ['filesystem', text],
  path: ['path', text],
  user: ['user', owner],
  group: ['group', owner],
  overwrite: ['overwrite', flag],
}

/** Something in a file system; it is in that of the root unless it says so. */
const node =
  (fields: Fields, defaults: IgnitionPart): Read =>
  (reader, given, path) => ({
    filesystem: 'root',
    ...defaults,
    ...readFields(reader, given, { ...place, ...fields }, path),
  })

const storage = part({
  disks: [
    'disks',
    list(
      part({
        device: ['device', text],
        wipe_table: ['wipeTable', flag],
        partitions: [
          'partitions',
          list(
            part({
              label: ['label', text],
              number: ['number', integer],
              size: ['sizeMiB', mebibytes],
              start: ['startMiB', mebibytes],
              guid: ['guid', text],
              type_guid: ['typeGuid', partitionType],
            }),
          ),
        ],
      }),
    ),
  ],
  raid: [
    'raid',
    list(
      part({
        name: ['name', text],
        level: ['level', text],
        devices: ['devices', list(text)],
        spares: ['spares', integer],
        options: ['options', list(text)],
      }),
    ),
  ],
  filesystems: [
    'filesystems',
    list(
      part({
        name: ['name', text],
        path: ['path', text],
        mount: [
          'mount',
          part({
            device: ['device', text],
            format: ['format', text],
            wipe_filesystem: ['wipeFilesystem', flag],
            label: ['label', text],
            uuid: ['uuid', text],
            options: ['options', list(text)],
            create: ['create', part({ force: ['force', flag], options: ['options', list(text)] })],
          }),
        ],
      }),
    ),
  ],
  files: [
    'files',
    list(
      node(
        { mode: ['mode', integer], append: ['append', flag], contents: ['contents', contents] },
        { mode: 0o644, contents: { source: 'data:,' } },
      ),
    ),
  ],
  directories: ['directories', list(node({ mode: ['mode', integer] }, { mode: 0o755 }))],
  links: ['links', list(node({ target: ['target', text], hard: ['hard', flag] }, {}))],
})

const userFields: Fields = {
  uid: ['uid', integer],
  gecos: ['gecos', text],
  home_dir: ['homeDir', text],
  no_create_home: ['noCreateHome', flag],
  primary_group: ['primaryGroup', text],
  groups: ['groups', list(text)],
  no_user_group: ['noUserGroup', flag],
  system: ['system', flag],
  no_log_init: ['noLogInit', flag],
  shell: ['shell', text],
}

const passwd = part({
  users: [
    'users',
    list(
      part({
        name: ['name', text],
        password_hash: ['passwordHash', text],
        ssh_authorized_keys: ['sshAuthorizedKeys', list(text)],
        create: ['create', part(userFields)],
        ...userFields,
      }),
    ),
  ],
  groups: [
    'groups',
    list(
      part({
        name: ['name', text],
        gid: ['gid', integer],
        password_hash: ['passwordHash', text],
        system: ['system', flag],
      }),
    ),
  ],
})

const dropins = list(part({ name: ['name', text], contents: ['contents', text] }))
const service = refused('this section is not supported; write the units it stands for below systemd.units')

const config: Fields = {
  ignition: [
    'ignition',
    part({
      config: ['config', part({ append: ['append', list(reference)], replace: ['replace', reference] })],
      timeouts: [
        'timeouts',
        part({ http_response_headers: ['httpResponseHeaders', integer], http_total: ['httpTotal', integer] }),
      ],
      security: [
        'security',
        part({ tls: ['tls', part({ certificate_authorities: ['certificateAuthorities', list(reference)] })] }),
      ],
    }),
  ],
  storage: ['storage', storage],
  passwd: ['passwd', passwd],
  systemd: [
    'systemd',
    part({
      units: [
        'units',
        list(
          part({
            name: ['name', text],
            enable: ['enable', flag],
            enabled: ['enabled', flag],
            mask: ['mask', flag],
            contents: ['contents', text],
            dropins: ['dropins', dropins],
          }),
        ),
      ],
    }),
  ],
  networkd: [
    'networkd',
    part({
      units: [
        'units',
        list(part({ name: ['name', text], contents: ['contents', text], dropins: ['dropins', dropins] })),
      ],
    }),
  ],
  docker: ['docker', service],
  etcd: ['etcd', service],
  flannel: ['flannel', service],
  locksmith: ['locksmith', service],
  update: ['update', service],
}
