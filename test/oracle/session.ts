import { stringify } from 'yaml'

/** One kubectl command of the session. */
export interface Command {
  readonly args: readonly string[]
  readonly input?: string
  /** The exit code it has to have. */
  readonly code: number
}

const run = (line: string, input?: unknown): Command => command(line, 0, input)
const fails = (line: string, input?: unknown): Command => command(line, 1, input)

function command(line: string, code: number, input: unknown): Command {
  const args = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '')
  return { args, code, ...(input === undefined ? {} : { input: typeof input === 'string' ? input : stringify(input) }) }
}

const widget = (name: string, spec: object, metadata: object = {}) => ({
  apiVersion: 'oracle.example.com/v1',
  kind: 'Widget',
  metadata: { name, ...metadata },
  spec,
})
const configMap = (name: string, data: object, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...metadata },
  data,
})
const pod = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels: { app: 'web' } },
  spec: {
    nodeName: 'session-node',
    terminationGracePeriodSeconds: 0,
    automountServiceAccountToken: false,
    containers: [{ name: 'c', image: 'nginx:1' }],
  },
})

/** What somebody does with kubectl in the namespace `session`, where the suite's own kind is served. */
export const session: readonly Command[] = [
  run('create namespace session'),
  fails('create namespace session'),
  run('apply -f -', widget('w', { size: 'small', min: 1 })),
  run('apply -f -', widget('w', { size: 'small', min: 1 })),
  run('apply -f -', widget('w', { size: 'small', min: 2 })),
  fails('apply -f -', widget('bad', { size: 'huge' })),
  fails('apply -f -', widget('bad', { size: 'small', min: 5, max: 1 })),
  fails('apply -f -', widget('bad', { size: 'small', colour: 'red' })),
  run('apply --validate=false -f -', widget('loose', { size: 'small', colour: 'red' })),
  run('apply --dry-run=server -f -', widget('ghost', { size: 'small' })),
  fails('get widget ghost'),
  run('apply --server-side --field-manager=one -f -', widget('s', { size: 'small', replicas: 2 })),
  fails('apply --server-side --field-manager=two -f -', widget('s', { size: 'small', replicas: 3 })),
  run('apply --server-side --field-manager=two --force-conflicts -f -', widget('s', { size: 'small', replicas: 3 })),
  run('get widget s --show-managed-fields -o jsonpath={.metadata.managedFields[*].manager}'),
  run('get widgets'),
  run('get widgets -o wide'),
  run('get widgets --no-headers --sort-by=.metadata.name'),
  run('get widgets -o name'),
  run('get widget w -o jsonpath={.spec}'),
  run('get widget w -o go-template={{.spec.size}}'),
  run('get widget w -o custom-columns=NAME:.metadata.name,MIN:.spec.min'),
  run('get widget w -o yaml'),
  run('get widget w -o json'),
  run('get widgets --chunk-size=1 -o name'),
  run('get widgets --field-selector metadata.name=w -o name'),
  fails('get widgets --field-selector spec.size=small'),
  run('patch widget w --type=merge -p {"spec":{"max":9}}'),
  run('patch widget w --type=merge -p {"spec":{"max":9}}'),
  run('patch widget w --type=json -p [{"op":"replace","path":"/spec/max","value":8}]'),
  fails('patch widget w --type=json -p [{"op":"test","path":"/spec/max","value":1}]'),
  fails('patch widget w --type=strategic -p {"spec":{"max":1}}'),
  run('patch widget w --subresource=status --type=merge -p {"status":{"phase":"Up"}}'),
  run('wait --for=jsonpath={.status.phase}=Up widget/w --timeout=5s'),
  fails('wait --for=jsonpath={.status.phase}=Down widget/w --timeout=1s'),
  run('scale widget w --replicas=4'),
  fails('scale widget w --current-replicas=9 --replicas=1'),
  run('label widget w tier=front'),
  fails('label widget w tier=back'),
  run('label widget w tier=back --overwrite'),
  run('label widget w tier-'),
  run('annotate widget w note=hello'),
  run('get widgets -l !tier -o name'),
  fails('get widgets -l tier=a=b'),
  command('diff -f -', 1, widget('w', { size: 'small', min: 3 })),
  run('create -f -', configMap('c', { x: '1' })),
  fails('create -f -', configMap('c', { x: '1' })),
  run('edit configmap c'),
  run('get configmap c -o jsonpath={.data}'),
  run('replace -f -', configMap('c', { x: '3' })),
  fails('replace -f -', configMap('none', { x: '3' })),
  run('replace --force -f -', configMap('c', { x: '4' })),
  run('get cm c'),
  run('describe cm c'),
  run('create secret generic key --from-literal=a=b'),
  run('get secret key'),
  run('delete secret key --dry-run=server'),
  run('create configmap bg'),
  run('delete configmap bg --cascade=background'),
  run('create configmap fg'),
  run('delete configmap fg --cascade=foreground --wait=false'),
  run('create configmap orphan'),
  run('delete configmap orphan --cascade=orphan --wait=false'),
  fails('delete configmap none'),
  run('delete configmap none --ignore-not-found'),
  run('auth can-i delete widgets'),
  run('auth can-i create pods --subresource=eviction'),
  run('events'),
  run('explain widget'),
  run('explain widget.spec --recursive'),
  fails('explain widget.spec.none'),
  run('explain configmap.data'),
  run('api-resources --api-group=oracle.example.com'),
  run('api-versions'),
  fails('get nothings'),
  run('create -f -', { apiVersion: 'v1', kind: 'Node', metadata: { name: 'session-node' } }),
  run('create -f -', pod('p1')),
  run('create -f -', pod('p2')),
  run('get pods -l app=web -o name'),
  run('delete pod p2'),
  run('cordon session-node'),
  run('cordon session-node'),
  run('get node session-node -o jsonpath={.spec.unschedulable}'),
  run('uncordon session-node'),
  fails('drain session-node --timeout=5s'),
  run('drain session-node --force --timeout=10s'),
  run('get pods'),
  run('create deployment d --image=nginx:1'),
  run('set image deployment/d nginx=nginx:2'),
  run('get deployment d -o jsonpath={.spec.template.spec.containers[0].image}'),
  run('scale deployment d --replicas=3'),
  run('rollout pause deployment/d'),
  run('delete deployment d --wait=false'),
  run('delete widgets --all'),
  run('get widgets'),
]

const volatile: readonly (readonly [RegExp, string])[] = [
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<uid>'],
  [/\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}[.\d]*( \+0000|Z)?/g, '<time>'],
  [/(resourceVersion"?: "?)\d+/g, '$1<version>'],
  [/\b\d+(ms|s)\b( +)?/g, '<age>'],
  [/\/tmp\/\S+/g, '<file>'],
  [/ +$/gm, ''],
]

/** What a command printed, without what differs between any two runs. */
export function normaliseOutput(text: string): string {
  return volatile.reduce((current, [pattern, shown]) => current.replaceAll(pattern, shown), text)
}
