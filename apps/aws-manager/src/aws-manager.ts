import { fieldErrorText, invalidMessage } from '@machinepool/api'
import { createInfraMachinePoolController } from '@machinepool/core'
import { admitAwsObject, convertAwsObject, createAwsProvider } from '@machinepool/provider-aws'
import { createWorkloadClusters, managementIdOf, serveKindRules, type ManagerProgram } from '@machinepool/runtime'

/** AWSMachinePool under our core or upstream's. Credentials and endpoints come from the standard AWS environment. */
export function awsManager(environment: Readonly<Record<string, string | undefined>>): ManagerProgram {
  return {
    name: 'aws-manager',
    leaseName: 'aws-manager.machinepool.dev',
    featureGates: { TerminationHold: true },
    async setup(manager, { featureGates, watchFilter }) {
      const region = environment['AWS_REGION'] ?? environment['AWS_DEFAULT_REGION']
      const aws = createAwsProvider(region === undefined ? {} : { region })
      createInfraMachinePoolController(manager, {
        provider: aws.machinePool,
        workloadClusters: createWorkloadClusters({ manager, environment }),
        managementId: await managementIdOf(manager.client),
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
