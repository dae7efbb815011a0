import { awsManager } from '@machinepool/aws-manager'
import { coreManager } from '@machinepool/core-manager'
import { gcpManager } from '@machinepool/gcp-manager'
import { parseManagerFlags, type ManagerFlags, type ManagerProgram } from '@machinepool/runtime'
import { expect, test } from 'vitest'

interface Case {
  readonly program: ManagerProgram
  readonly args: readonly string[]
  readonly expected: Partial<ManagerFlags>
}

/** Container arguments of upstream's releases, with the defaults that clusterctl fills in. */
const cases: Readonly<Record<string, Case>> = {
  'Cluster API v1.12 core': {
    program: coreManager({}),
    args: [
      '--leader-elect',
      '--diagnostics-address=:8443',
      '--insecure-diagnostics=false',
      '--feature-gates=MachinePool=true,ClusterTopology=false,RuntimeSDK=false,MachineSetPreflightChecks=true,MachineWaitForVolumeDetachConsiderVolumeAttachments=true,PriorityQueue=false,ReconcilerRateLimiting=false,InPlaceUpdates=false,MachineTaintPropagation=false',
    ],
    expected: { leaderElect: true, diagnosticsAddress: ':8443', webhookPort: 9443 },
  },
  'Cluster API v1.12 kubeadm bootstrap': {
    program: coreManager({}),
    args: [
      '--leader-elect',
      '--diagnostics-address=:8443',
      '--insecure-diagnostics=false',
      '--feature-gates=MachinePool=true,KubeadmBootstrapFormatIgnition=false,PriorityQueue=false,ReconcilerRateLimiting=false',
      '--bootstrap-token-ttl=30m',
    ],
    expected: { numbers: expect.objectContaining({ 'bootstrap-token-ttl': 1_800_000 }) as Record<string, number> },
  },
  'AWS provider v2': {
    program: awsManager({}),
    args: [
      '--leader-elect',
      '--feature-gates=EKS=true,EKSEnableIAM=false,EKSAllowAddRoles=false,EKSFargate=false,MachinePool=true,MachinePoolMachines=false,EventBridgeInstanceState=false,AutoControllerIdentityCreator=true,BootstrapFormatIgnition=false,ExternalResourceGC=true,AlternativeGCStrategy=false,TagUnmanagedNetworkResources=true,ROSA=false',
      '--v=0',
      '--diagnostics-address=:8443',
      '--insecure-diagnostics=false',
    ],
    expected: { featureGates: { MachinePool: true, TerminationHold: true } },
  },
  'Google Cloud provider v1': {
    program: gcpManager({}),
    args: [
      '--leader-elect',
      '--feature-gates=GKE=false,MachinePool=false',
      '--diagnostics-address=:8443',
      '--insecure-diagnostics=false',
      '--v=0',
    ],
    expected: { featureGates: { MachinePool: false } },
  },
}

/** Every flag of upstream's mains at the same releases, as `name` for a boolean and `name=value` for the others. */
const everyFlag: Readonly<Record<string, { readonly program: ManagerProgram; readonly flags: string }>> = {
  core: {
    program: coreManager({}),
    flags: `leader-elect leader-elect-lease-duration=20s leader-elect-renew-deadline=15s leader-elect-retry-period=3s
      namespace=a watch-filter=b profiler-address=localhost:6060 contention-profiling remote-connection-grace-period=50s
      remote-conditions-grace-period=5m clustertopology-concurrency=1 clusterclass-concurrency=1 cluster-concurrency=1
      clustercache-concurrency=1 extensionconfig-concurrency=1 machine-concurrency=1 machineset-concurrency=1
      machinedeployment-concurrency=1 machinepool-concurrency=1 clusterresourceset-concurrency=1
      machinehealthcheck-concurrency=1 machineset-preflight-checks=All skip-crd-migration-phases=CleanupManagedFields
      sync-period=15m kube-api-qps=20 kube-api-burst=30 clustercache-client-qps=20 clustercache-client-burst=30
      webhook-port=9443 webhook-cert-dir=/certs webhook-cert-name=a.crt webhook-key-name=a.key
      runtime-extension-client-cert-file=x runtime-extension-client-key-file=y health-addr=:9440
      additional-sync-machine-labels=a,b additional-sync-machine-annotations=a,b tls-min-version=VersionTLS13
      tls-cipher-suites=TLS_AES_128_GCM_SHA256 diagnostics-address=:8443 insecure-diagnostics kubeconfig=/k
      logging-format=json v=3 vmodule=a=1 log-flush-frequency=5s log-json-split-stream`,
  },
  'kubeadm bootstrap': {
    program: coreManager({}),
    flags: 'cluster-concurrency=1 clustercache-concurrency=1 kubeadmconfig-concurrency=1 bootstrap-token-ttl=15m',
  },
  aws: {
    program: awsManager({}),
    flags: `leader-elect leader-elect-namespace=capa-system awscluster-concurrency=1 instance-state-concurrency=5
      awsmachine-concurrency=1 wait-infra-period=1m max-wait-managed-resources=1m disable-controllers=unmanaged
      health-addr=:9440 webhook-port=0 sync-period=10m`,
  },
  gcp: {
    program: gcpManager({}),
    flags: `leader-elect leader-election-namespace=capg-system gcpcluster-concurrency=1 gcpmachine-concurrency=3
      gkeconfig-concurrency=1 reconcile-timeout=90m webhook-port=9443 webhook-cert-dir=/certs health-addr=:9440`,
  },
}

test.each(Object.keys(cases))('the Deployment of %s starts ours', (name) => {
  const { program, args, expected } = cases[name] as Case
  expect(parseManagerFlags(args, program)).toMatchObject(expected)
})

test.each(Object.keys(everyFlag))('every flag of upstream’s manager is taken: %s', (name) => {
  const { program, flags } = everyFlag[name] ?? { program: coreManager({}), flags: '' }
  const args = flags.split(/\s+/).map((flag) => `--${flag}`)
  expect(() => parseManagerFlags(args, program)).not.toThrow()
})

test('what would be wrong to overlook is refused, with what to do instead', () => {
  expect(() => parseManagerFlags(['--service-endpoints=eu-west-1:ec2=https://x'], awsManager({}))).toThrow(
    '--service-endpoints is not supported: set AWS_ENDPOINT_URL',
  )
})
