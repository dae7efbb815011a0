import { fieldErrorText, invalidMessage } from '@machinepool/api'
import { createInfraMachinePoolController } from '@machinepool/core'
import { admitAwsObject, convertAwsObject, createAwsProvider } from '@machinepool/provider-aws'
import { createWorkloadClusters, managementIdOf, serveKindRules, type ManagerProgram } from '@machinepool/runtime'

/** AWSMachinePool under our core or upstream's. Credentials and endpoints come from the standard AWS environment. */
export function awsManager(environment: Readonly<Record<string, string | undefined>>): ManagerProgram {
  return {
    name: 'aws-manager',
    leaseName: 'aws-manager.machinepool.dev',
    featureGates: { MachinePool: true, TerminationHold: true, MachinePoolMachines: false },
    numbers: {
      'awsmachinepool-concurrency': {
        kind: 'integer',
        help: 'AWSMachinePools worked on at the same time',
        default: '20',
        // Upstream's AWSMachinePools go by it.
        alias: 'instance-state-concurrency',
      },
    },
    refused: {
      'service-endpoints': 'set AWS_ENDPOINT_URL, or AWS_ENDPOINT_URL_AUTO_SCALING and AWS_ENDPOINT_URL_EC2',
    },
    webhookPort: 9443,
    async setup(manager, { featureGates, numbers, watchFilter }) {
      if (featureGates['MachinePool'] === false) {
        manager.log.warn('the feature gate MachinePool is off: no AWSMachinePool is reconciled')
        return
      }
      const region = environment['AWS_REGION'] ?? environment['AWS_DEFAULT_REGION']
      const machines = featureGates['MachinePoolMachines'] ?? false
      const aws = createAwsProvider({ machines, ...(region !== undefined && { region }) })
      createInfraMachinePoolController(manager, {
        provider: aws.machinePool,
        workloadClusters: createWorkloadClusters({ manager, environment }),
        managementId: await managementIdOf(manager.client),
        concurrency: numbers['awsmachinepool-concurrency'] ?? 20,
        holdTerminations: featureGates['TerminationHold'] ?? true,
        ...(watchFilter !== undefined && { watchFilter }),
      })
      manager.addRunnable({
        name: 'aws-provider',
        async run(signal) {
          await new Promise<void>((resolve) => {
            if (signal.aborted) resolve()
            else signal.addEventListener('abort', () => resolve(), { once: true })
          })
          await aws.close()
        },
      })
    },
    webhooks(server) {
      serveKindRules(server, {
        admit: admitAwsObject,
        convert: (object, apiVersion) => convertAwsObject(object, apiVersion),
        explain: invalidMessage,
        explainField: fieldErrorText,
      })
    },
  }
}
