import type { MachinePool } from '../kinds/machine-pool.ts'
import { annotations, labels } from '../names.ts'
import { forbidden, invalid, outcome, required, type Admit, type FieldError } from './admission.ts'
import { validateAnnotations, validateLabels } from './metadata.ts'
import { isKubernetesVersion, withLeadingV } from './version.ts'

const defaultNodeDeletionTimeoutSeconds = 10

/** Defaults and validation of a MachinePool (stored version). */
export const admitMachinePool: Admit = ({ operation, object, old }, gates) => {
  if (!gates.MachinePool) {
    return {
      errors: [
        forbidden(
          'spec',
          'can be set only if the MachinePool feature gate is enabled (--feature-gates=MachinePool=true)',
        ),
      ],
    }
  }
  // The registry has checked that the object has this shape.
  const pool = structuredClone(object) as MachinePool
  const before = operation === 'UPDATE' ? (old as MachinePool | undefined) : undefined
  const errors = fillIn(pool, before)
  errors.push(...validate(pool, before))
  return outcome(pool, errors)
}

function fillIn(pool: MachinePool, before: MachinePool | undefined): FieldError[] {
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
function defaultReplicas(pool: MachinePool, before: MachinePool | undefined): number | FieldError {
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

function validate(pool: MachinePool, before: MachinePool | undefined): FieldError[] {
  const errors: FieldError[] = []
  const { clusterName, replicas, template } = pool.spec
  const { bootstrap, version } = template.spec
  const path = 'spec.template.spec'
  if (bootstrap.configRef === undefined && bootstrap.dataSecretName === undefined) {
    errors.push(required(`${path}.bootstrap`, 'either configRef or dataSecretName must be set'))
  }
  if (before !== undefined && before.spec.clusterName !== clusterName) {
    errors.push(forbidden('spec.clusterName', `field is immutable; it is ${JSON.stringify(before.spec.clusterName)}`))
  }
  if (template.spec.clusterName !== clusterName) {
    errors.push(
      invalid(`${path}.clusterName`, template.spec.clusterName, `must be the same as spec.clusterName, ${clusterName}`),
    )
  }
  if (version !== undefined && !isKubernetesVersion(version)) {
    errors.push(invalid(`${path}.version`, version, 'must be a semantic version such as v1.34.2'))
  }
  if (replicas !== undefined && replicas < 0) {
    errors.push(invalid('spec.replicas', replicas, 'must be greater than or equal to 0'))
  }
  if (template.spec.taints !== undefined) {
    errors.push(
      forbidden(
        `${path}.taints`,
        'not supported for a MachinePool; set them in the bootstrap or infrastructure object',
      ),
    )
  }
  errors.push(...validateLabels(template.metadata?.labels, 'spec.template.metadata.labels'))
  errors.push(...validateAnnotations(template.metadata?.annotations, 'spec.template.metadata.annotations'))
  errors.push(...autoscalerBounds(pool))
  return errors
}

/** Bounds the wrong way round would leave the autoscaler without any legal size. */
function autoscalerBounds(pool: MachinePool): FieldError[] {
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
