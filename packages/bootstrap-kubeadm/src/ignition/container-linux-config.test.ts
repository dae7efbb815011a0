import { describe, expect, it } from 'vitest'

import { containerLinuxAddition } from './container-linux-config.ts'

const problems = (text: string, strict = true) =>
  containerLinuxAddition(text, { strict }).problems.map(({ path, why }) => `${path}: ${why}`)

describe('containerLinuxAddition', () => {
  it.each(['', '# nothing\n', 'null'])('nothing adds nothing: %j', (text) => {
    expect(containerLinuxAddition(text, { strict: true })).toEqual({ addition: {}, problems: [] })
  })

  it('keeps text as it was written, follows anchors, and reads numbers and flags as YAML 1.1 does', () => {
    const { addition, problems: found } = containerLinuxAddition(
      `
passwd:
  users:
    - name: 1e3
      system: yes
      groups: &g [no, 0755]
      uid: 0o17
    - { name: b, groups: *g, uid: 017 }
storage:
  directories: [{ path: /d }]
  links: [{ path: /l, target: /d, hard: true, filesystem: oem }]
  files: [{ path: /b, contents: { inline: !!binary AAH/ } }]
`,
      { strict: true },
    )
    expect(found).toEqual([{ path: 'passwd.users[0].uid', why: 'must be a whole number' }])
    expect(addition).toEqual({
      passwd: {
        users: [
          { name: '1e3', system: true, groups: ['no', '0755'], uid: undefined },
          { name: 'b', groups: ['no', '0755'], uid: 15 },
        ],
      },
      storage: {
        directories: [{ filesystem: 'root', mode: 0o755, path: '/d' }],
        links: [{ filesystem: 'oem', path: '/l', target: '/d', hard: true }],
        files: [{ filesystem: 'root', path: '/b', mode: 0o644, contents: { source: 'data:;base64,AAH/' } }],
      },
    })
  })

  it.each([
    ['a: [', [expect.stringMatching(/^: not YAML/)]],
    ['- a', [': must be a mapping']],
    ['storage: { disks: {} }', ['storage.disks: must be a list']],
    ['systemd: { units: [{ enabled: 1 }] }', ['systemd.units[0].enabled: must be true or false']],
    ['passwd: { users: [{ name: [] }] }', ['passwd.users[0].name: must be text']],
    [
      'storage: { disks: [{ partitions: [{ size: 1.5GiB }, { start: 1KiB }] }] }',
      [
        'storage.disks[0].partitions[0].size: must be a size in whole MiB, such as 512MiB or 2GiB',
        'storage.disks[0].partitions[1].start: must be a size in whole MiB, such as 512MiB or 2GiB',
      ],
    ],
    [
      'storage: { files: [{ path: /a, contents: { local: x } }] }',
      ['storage.files[0].contents.local: a machine cannot read a file of the place where its configuration is made'],
    ],
    [
      'storage: { files: [{ path: /a, contents: { inline: a, remote: { url: "http://b" } } }] }',
      ['storage.files[0].contents: only one of inline and remote may be set'],
    ],
    ['update: {}', ['update: this section is not supported; write the units it stands for below systemd.units']],
  ])('%s names what is wrong', (text, expected) => {
    expect(problems(text)).toEqual(expected)
  })

  it('minds unknown fields only when it is strict', () => {
    const text = 'storage: { files: [{ path: /a, colour: red }] }'
    expect(problems(text, true)).toEqual(['storage.files[0].colour: there is no such field'])
    expect(problems(text, false)).toEqual([])
  })
})
