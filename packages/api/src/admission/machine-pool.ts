import type { MachinePool } from '../kinds/machine-pool.ts'
import { annotations, labels } from '../names.ts'
import { forbidden, invalid, required, type Admit, type Cause } from './admission.ts'
import { validateAnnotations, validateLabels } from './metadata.ts'
import { isKubernetesVersion, withLeadingV } from './version.ts'

const defaultNodeDeletionTimeoutSeconds = 10

/** Defaults and validation of a MachinePool (stored version). */
export const admitMachinePool: Admit = ({ operation, object, old }, gates) => {
  if (!gates.MachinePool) {
    return {
      allowed: false,
      causes: [
        forbidden(
          'spec',
          'can be set only if the MachinePool feature gate is enabled (--feature-gates=MachinePool=true)',
        ),
      ],
    }
  }
  // The schema of the CRD has been checked before admission.
  const pool = structuredClone(object) as MachinePool
  const before = operation === 'UPDATE' ? (old as MachinePool | undefined) : undefined
  const causes = fillIn(pool, before)
  causes.push(...validate(pool, before))
  return causes.length > 0 ? { allowed: false, causes } : { allowed: true, object: pool, warnings: [] }
}

function fillIn(pool: MachinePool, before: MachinePool | undefined): Cause[] {
  pool.metadata.labels = { ...pool.metadata.labels, [labels.clusterName]: pool.spec.clusterName }
  const template = pool.spec.template.spec
  template.deletion = { nodeDeletionTimeoutSeconds: defaultNodeDeletionTimeoutSeconds, ...template.deletion }
  if (template.version !== undefined) template.version = withLeadingV(template.version)
  if (pool.spec.replicas !== undefined) return []
  const replicas = defaultReplicas(pool, before)
  if (typeof replicas !== 'number') return [replicas]
  pool.spec.replicas = replicas
  return []
}

/** 1, or inside the autoscaler's bounds when both are annotated. */
function defaultReplicas(pool: MachinePool, before: MachinePool | undefined): number | Cause {
  const bounds = []
  for (const key of [annotations.autoscalerMinSize, annotations.autoscalerMaxSize]) {
    const value = pool.metadata.annotations?.[key]
    if (value === undefined) return 1
    if (!/^[+-]?\d+$/.test(value)) return invalid(`metadata.annotations[${key}]`, value, 'must be a whole number')
    bounds.push(Number(value))
  }
  const [min = 1, max = 1] = bounds
  const current = before?.spec.replicas
  return current === undefined || current < min ? min : Math.min(current, max)
}

function validate(pool: MachinePool, before: MachinePool | undefined): Cause[] {
  const causes: Cause[] = []
  const { clusterName, replicas, template } = pool.spec
  const { bootstrap, version } = template.spec
  const path = 'spec.template.spec'
  if (bootstrap.configRef === undefined && bootstrap.dataSecretName === undefined) {
    causes.push(required(`${path}.bootstrap`, 'either configRef or dataSecretName must be set'))
  }
  if (before !== undefined && before.spec.clusterName !== clusterName) {
    causes.push(forbidden('spec.clusterName', `field is immutable; it is ${JSON.stringify(before.spec.clusterName)}`))
  }
  if (template.spec.clusterName !== clusterName) {
    causes.push(
      invalid(`${path}.clusterName`, template.spec.clusterName, `must be the same as spec.clusterName, ${clusterName}`),
    )
  }
  if (version !== undefined && !isKubernetesVersion(version)) {
    causes.push(invalid(`${path}.version`, version, 'must be a semantic version such as v1.34.2'))
  }
  if (replicas !== undefined && replicas < 0) {
    causes.push(invalid('spec.replicas', replicas, 'must be greater than or equal to 0'))
  }
  if (template.spec.taints !== undefined) {
    causes.push(
      forbidden(
        `${path}.taints`,
        'not supported for a MachinePool; set them in the bootstrap or infrastructure object',
      ),
    )
  }
  causes.push(...validateLabels(template.metadata?.labels, 'spec.template.metadata.labels'))
  causes.push(...validateAnnotations(template.metadata?.annotations, 'spec.template.metadata.annotations'))
  causes.push(...autoscalerBounds(pool))
  return causes
}

/** Bounds the wrong way round would leave the autoscaler without any legal size. */
function autoscalerBounds(pool: MachinePool): Cause[] {
  const min = Number(pool.metadata.annotations?.[annotations.autoscalerMinSize])
  const maxText = pool.metadata.annotations?.[annotations.autoscalerMaxSize]
  if (!(min > Number(maxText))) return []
  return [
    invalid(
      `metadata.annotations[${annotations.autoscalerMaxSize}]`,
      maxText,
      `must not be less than the minimum, ${min}`,
    ),
  ]
}
