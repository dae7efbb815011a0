import { createApiServer, type ApiServer } from '@machinepool/apiserver'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { stringify } from 'yaml'

import { createKubectl, type Kubectl } from './kubectl.ts'

const widgets = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'widgets', kind: 'Widget', shortNames: ['wd'], categories: ['all'] },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: {
          status: {},
          scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' },
        },
        additionalPrinterColumns: [
          { name: 'Size', type: 'string', jsonPath: '.spec.size' },
          { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
          { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
        ],
        schema: {
          openAPIV3Schema: {
            type: 'object',
            description: 'A thing with parts.',
            required: ['spec'],
            properties: {
              spec: {
                type: 'object',
                required: ['size'],
                'x-kubernetes-validations': [
                  { rule: 'self.min <= self.max', message: 'min must not be above max' },
                  { rule: 'self.size == oldSelf.size', message: 'size cannot be changed' },
                ],
                properties: {
                  size: { type: 'string', enum: ['small', 'large'], description: 'How large it is.' },
                  replicas: { type: 'integer', minimum: 0, default: 1 },
                  min: { type: 'integer', default: 0 },
                  max: { type: 'integer', default: 10 },
                  parts: {
                    type: 'array',
                    'x-kubernetes-list-type': 'map',
                    'x-kubernetes-list-map-keys': ['name'],
                    items: {
                      type: 'object',
                      required: ['name'],
                      properties: { name: { type: 'string' }, count: { type: 'integer' } },
                    },
                  },
                },
              },
              status: {
                type: 'object',
                properties: {
                  replicas: { type: 'integer' },
                  conditions: {
                    type: 'array',
                    items: { type: 'object', properties: { type: { type: 'string' }, status: { type: 'string' } } },
                  },
                },
              },
            },
          },
        },
      },
    ],
  },
}

function widget(name: string, spec: object): string {
  return stringify({ apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name }, spec })
}

let server: ApiServer
let kubectl: Kubectl

/** Runs kubectl and expects success; the result is what it printed. */
async function ok(args: string, input?: string): Promise<string> {
  const { code, stdout, stderr } = await kubectl(args.split(' '), input)
  expect(stderr.replaceAll(/^warning: .*\n/gim, ''), `kubectl ${args}`).toBe('')
  expect(code, `kubectl ${args}`).toBe(0)
  return stdout
}

/** Runs kubectl and expects it to fail; the result is its complaint. */
async function refused(args: string, input?: string): Promise<string> {
  const { code, stderr } = await kubectl(args.split(' '), input)
  expect(code, `kubectl ${args}`).toBe(1)
  return stderr
}

beforeAll(async () => {
  server = await createApiServer()
  kubectl = await createKubectl(server.kubeconfig())
  await ok('apply -f -', stringify(widgets))
  await ok('wait --for=condition=Established crd/widgets.example.com --timeout=10s')
})

afterAll(async () => {
  await kubectl.close()
  await server.close()
})

describe('discovery', () => {
  test('lists kinds with short names and scopes', async () => {
    const rows = await ok('api-resources --no-headers')
    expect(rows).toMatch(/^widgets +wd +example.com\/v1 +true +Widget$/m)
    expect(rows).toMatch(/^nodes +no +v1 +false +Node$/m)
    expect(await ok('api-versions')).toContain('example.com/v1\n')
  })

  test('explains custom and built-in kinds', async () => {
    expect(await ok('explain widget')).toContain('A thing with parts.')
    expect(await ok('explain widget.spec --recursive')).toMatch(/parts\t<\[\]Object>/)
    expect(await ok('explain widget.spec.size')).toContain('How large it is.')
    expect(await ok('explain deployment.spec.template.spec.containers')).toContain('imagePullPolicy')
    expect(await refused('explain widget.spec.colour')).toContain('field "colour" does not exist')
  })

  test('tells version and health', async () => {
    expect(await ok('get --raw /readyz')).toBe('ok')
    expect(JSON.parse(await ok('version -o json'))).toMatchObject({ serverVersion: { major: '1', minor: '34' } })
  })

  test('allows its only user everything', async () => {
    expect(await ok('auth can-i delete widgets')).toBe('yes\n')
    expect(await ok('auth whoami -o jsonpath={.status.userInfo.groups[0]}')).toBe('system:masters')
  })
})

describe('custom resources', () => {
  test('are applied, defaulted, printed and changed', async () => {
    expect(await ok('apply -f -', widget('table', { size: 'small' }))).toBe('widget.example.com/table created\n')
    expect(await ok('apply -f -', widget('table', { size: 'small' }))).toBe('widget.example.com/table unchanged\n')
    expect(await ok('apply -f -', widget('table', { size: 'small', max: 5 }))).toBe(
      'widget.example.com/table configured\n',
    )
    expect(await ok('get wd table -o jsonpath={.spec}')).toBe('{"max":5,"min":0,"replicas":1,"size":"small"}')
    expect(await ok('get wd table')).toMatch(/^NAME +SIZE +READY +AGE\ntable +small +\d+s\n$/)
    expect(await ok('apply -f -', widget('table', { size: 'small' }))).toBe('widget.example.com/table configured\n')
    expect(await ok('get wd table -o jsonpath={.spec.max}')).toBe('10')
  })

  test('are refused with the field that is wrong', async () => {
    const bad = await refused('apply -f -', widget('bad', { size: 'huge', replicas: -1, max: 'many' }))
    expect(bad).toContain(
      'spec.replicas: Invalid value: -1: spec.replicas in body should be greater than or equal to 0',
    )
    expect(bad).toContain('spec.size: Unsupported value: "huge": supported values: "small", "large"')
    expect(bad).toContain('spec.max: Invalid value: "string": spec.max in body must be of type integer: "string"')
    expect(await refused('apply -f -', widget('bad', {}))).toContain('spec.size: Required value')
    expect(await refused('apply -f -', widget('bad', { size: 'small', colour: 'red' }))).toContain(
      'unknown field "spec.colour"',
    )
    expect(await refused('apply -f -', widget('bad', { size: 'small', min: 11 }))).toContain(
      'spec: Invalid value: "object": min must not be above max',
    )
    expect(await refused('apply -f -', widget('Bad', { size: 'small' }))).toContain(
      'a lowercase RFC 1123 subdomain must consist of',
    )
    const twice = widget('bad', { size: 'small', parts: [{ name: 'a' }, { name: 'a' }] })
    expect(await refused('create -f -', twice)).toContain('spec.parts[1]: Duplicate value: {"name":"a"}')
    expect(await refused('get wd bad')).toContain('widgets.example.com "bad" not found')
  })

  test('keep rules over changes', async () => {
    await ok('apply -f -', widget('fixed', { size: 'small' }))
    expect(await refused('apply -f -', widget('fixed', { size: 'large' }))).toContain('size cannot be changed')
  })

  test('have status and scale subresources', async () => {
    await ok('apply -f -', widget('scaled', { size: 'small' }))
    expect(await ok('scale wd scaled --replicas=4')).toBe('widget.example.com/scaled scaled\n')
    expect(await ok('get wd scaled -o jsonpath={.spec.replicas},{.metadata.generation}')).toBe('4,2')
    expect(await refused('scale wd scaled --current-replicas=9 --replicas=1')).toContain('Expected replicas to be 9')
    const status = '{"status":{"replicas":4,"conditions":[{"type":"Ready","status":"True"}]}}'
    await ok(`patch wd scaled --subresource=status --type=merge -p ${status}`)
    expect(await ok('get wd scaled -o jsonpath={.metadata.generation}')).toBe('2')
    expect(await ok('wait --for=condition=Ready wd/scaled --timeout=5s')).toBe(
      'widget.example.com/scaled condition met\n',
    )
    expect(await ok('wait --for=jsonpath={.status.replicas}=4 wd/scaled --timeout=5s')).toContain('condition met')
    await ok('patch wd scaled --type=merge -p {"status":{"replicas":9}}')
    expect(await ok('get wd scaled -o jsonpath={.status.replicas}')).toBe('4')
  })

  test('take every type of patch', async () => {
    await ok('apply -f -', widget('patched', { size: 'small', parts: [{ name: 'a', count: 1 }] }))
    await ok('patch wd patched --type=merge -p {"spec":{"max":20}}')
    await ok('patch wd patched --type=json -p [{"op":"add","path":"/spec/parts/-","value":{"name":"b"}}]')
    expect(await ok('get wd patched -o jsonpath={.spec.max},{.spec.parts[*].name}')).toBe('20,a b')
    expect(await refused('patch wd patched --type=json -p [{"op":"test","path":"/spec/max","value":1}]')).toContain(
      'the server rejected our request due to an error in our request',
    )
    expect(await refused('patch wd patched --type=strategic -p {"spec":{"max":1}}')).toMatch(
      /strategic merge patch is not supported|unknown format/,
    )
  })

  test('are replaced only at the version that was read', async () => {
    await ok('apply -f -', widget('replaced', { size: 'small' }))
    const read = await ok('get wd replaced -o json')
    await ok('label wd replaced touched=yes')
    expect(await refused('replace -f -', read)).toContain(
      'Operation cannot be fulfilled on widgets.example.com "replaced": the object has been modified',
    )
  })

  test('are shown as they change', async () => {
    await ok('apply -f -', widget('watched', { size: 'small' }))
    const seen = await kubectl.follow(
      ['get', 'wd', 'watched', '-w', '-o', 'jsonpath={.spec.replicas}{"\\n"}'],
      (text) => text.includes('7'),
      async () => {
        await ok('scale wd watched --replicas=7')
      },
    )
    expect(seen).toBe('1\n7\n')
  })
})

describe('server-side apply', () => {
  test('keeps managers apart and takes over by force', async () => {
    const first = widget('shared', { size: 'small', parts: [{ name: 'a', count: 1 }] })
    const second = widget('shared', {
      size: 'small',
      parts: [
        { name: 'a', count: 2 },
        { name: 'b', count: 1 },
      ],
    })
    expect(await ok('apply --server-side --field-manager=one -f -', first)).toContain('serverside-applied')
    const conflict = await refused('apply --server-side --field-manager=two -f -', second)
    expect(conflict).toContain('Apply failed with 1 conflict: conflict with "one": .spec.parts[name="a"].count')
    await ok('apply --server-side --field-manager=two --force-conflicts -f -', second)
    expect(await ok('get wd shared -o jsonpath={.spec.parts[*].count}')).toBe('2 1')
    // What `two` no longer states goes, what `one` also states stays.
    await ok('apply --server-side --field-manager=two -f -', widget('shared', { size: 'small' }))
    expect(await ok('get wd shared -o jsonpath={.spec.parts[*].name}')).toBe('a')
    const managers = await ok('get wd shared --show-managed-fields -o jsonpath={.metadata.managedFields[*].manager}')
    expect(managers).toBe('one two')
  })
})

describe('built-in kinds', () => {
  test('merge lists by their keys', async () => {
    await ok('create deployment web --image=nginx:1.27')
    await ok('set image deployment/web nginx=nginx:1.28')
    await ok('set env deployment/web A=1')
    expect(await ok('get deployment web -o jsonpath={.spec.template.spec.containers[*].image}')).toBe('nginx:1.28')
    const sidecar = '{"spec":{"template":{"spec":{"containers":[{"name":"log","image":"busybox:1"}]}}}}'
    await ok(`patch deployment web -p ${sidecar}`)
    expect(
      (await ok('get deployment web -o jsonpath={.spec.template.spec.containers[*].name}')).split(' ').toSorted(),
    ).toEqual(['log', 'nginx'])
  })

  test('hide and show secrets, count config', async () => {
    await ok('create secret generic key --from-literal=a=b')
    expect(await ok('get secret key -o jsonpath={.data.a}')).toBe('Yg==')
    await ok('create configmap map --from-literal=x=1 --from-literal=y=2')
    expect(await ok('get cm map --no-headers')).toMatch(/^map +2 +/)
    expect(await ok('describe cm map')).toContain('x:\n----\n1')
  })

  test('are labelled, annotated and selected', async () => {
    for (const name of ['red', 'blue', 'green']) await ok(`create configmap ${name}`)
    await ok('label cm red blue tier=front')
    await ok('annotate cm red note=hello')
    expect(await ok('get cm -l tier=front -o name')).toBe('configmap/blue\nconfigmap/red\n')
    expect(await ok('get cm -l tier!=front --field-selector metadata.name=green -o name')).toBe('configmap/green\n')
    expect(await ok('get cm --chunk-size=2 -o name')).toContain('configmap/red\n')
    expect(await refused('get cm --field-selector spec.colour=red')).toContain(
      '"spec.colour" is not a known field selector',
    )
  })

  test('dry runs change nothing', async () => {
    expect(await ok('create configmap ghost --dry-run=server')).toBe('configmap/ghost created (server dry run)\n')
    expect(await refused('get cm ghost')).toContain('configmaps "ghost" not found')
    await ok('create configmap real')
    await ok('delete cm real --dry-run=server')
    await ok('get cm real')
  })

  test('are refused where they exist already, or where their namespace is not', async () => {
    await ok('create configmap once')
    expect(await refused('create configmap once')).toContain('configmaps "once" already exists')
    expect(await refused('-n nowhere create configmap once')).toContain('namespaces "nowhere" not found')
  })

  test('go with their namespace', async () => {
    await ok('create namespace passing')
    await ok('-n passing create configmap inside')
    await ok('delete namespace passing --timeout=10s')
    expect(await refused('get namespace passing')).toContain('namespaces "passing" not found')
    expect(await ok('get cm -A -o name')).not.toContain('inside')
  })
})

const node = {
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'n1' },
  status: { conditions: [{ type: 'Ready', status: 'True' }] },
}
function pod(name: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: 'web' }, ownerReferences: [] },
    spec: { nodeName: 'n1', containers: [{ name: 'c', image: 'nginx:1' }] },
  }
}
const running = '{"status":{"phase":"Running","conditions":[{"type":"Ready","status":"True"}]}}'

describe('nodes and pods', () => {
  test('a drain waits for the disruption budget', async () => {
    await ok('create -f -', stringify(node))
    expect(await ok('get node n1 --no-headers')).toMatch(/^n1 +Ready +<none> /)
    for (const name of ['p1', 'p2']) {
      await ok('create -f -', stringify(pod(name)))
      await ok(`patch pod ${name} --subresource=status -p ${running}`)
    }
    await ok('create pdb web --selector=app=web --min-available=2')
    await ok('wait --for=jsonpath={.status.currentHealthy}=2 pdb/web --timeout=5s')
    const held = await refused('drain n1 --force --ignore-daemonsets --timeout=2s')
    expect(held).toContain("Cannot evict pod as it would violate the pod's disruption budget.")
    expect(await ok('get node n1 --no-headers')).toMatch(/^n1 +Ready,SchedulingDisabled /)
    await ok('delete pdb web')
    expect((await kubectl(['drain', 'n1', '--force', '--timeout=10s'])).code).toBe(0)
    expect(await ok('get pods -o name')).toBe('')
    expect(await ok('uncordon n1')).toBe('node/n1 uncordoned\n')
  })
})

/** An owner and its dependent. */
async function family(name: string): Promise<void> {
  await ok('create -f -', stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } }))
  const uid = await ok(`get cm ${name} -o jsonpath={.metadata.uid}`)
  const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name, uid, blockOwnerDeletion: true }]
  await ok(
    'create -f -',
    stringify({ apiVersion: 'v1', kind: 'Secret', metadata: { name: `${name}-child`, ownerReferences } }),
  )
}

describe('deletion', () => {
  test('in the background takes the dependents along', async () => {
    await family('background')
    await ok('delete cm background')
    await ok('wait --for=delete secret/background-child --timeout=5s')
    expect(await ok('get secrets -o name')).not.toContain('background')
  })

  test('in the foreground waits for them', async () => {
    await family('foreground')
    await ok('patch secret foreground-child -p {"metadata":{"finalizers":["example.com/hold"]}}')
    await ok('delete cm foreground --cascade=foreground --wait=false')
    expect(await ok('get cm foreground -o jsonpath={.metadata.finalizers}')).toBe('["foregroundDeletion"]')
    await ok('patch secret foreground-child -p {"metadata":{"finalizers":null}}')
    await ok('wait --for=delete cm/foreground --timeout=5s')
  })

  test('can leave them alone', async () => {
    await family('orphaning')
    await ok('delete cm orphaning --cascade=orphan')
    expect(await ok('get secret orphaning-child -o jsonpath={.metadata.ownerReferences}')).toBe('')
  })

  test('of a definition removes its objects', async () => {
    await ok(
      'apply -f -',
      stringify({
        ...widgets,
        metadata: { name: 'gadgets.example.com' },
        spec: { ...widgets.spec, names: { plural: 'gadgets', kind: 'Gadget' } },
      }),
    )
    await ok('wait --for=condition=Established crd/gadgets.example.com --timeout=10s')
    await ok('create -f -', widget('g', { size: 'small' }).replace('Widget', 'Gadget'))
    await ok('delete crd gadgets.example.com --timeout=10s')
    expect(await refused('get --raw /apis/example.com/v1/namespaces/default/gadgets')).toContain(
      'could not find the requested resource',
    )
  })
})
