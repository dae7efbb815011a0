import { finalizers, type Machine } from '@machinepool/api'
import { nodes, pods } from '@machinepool/kube'

import { machines } from '../../machine-pool/objects.ts'
import { desiredMachine } from '../../machine-pool/pool-machines.ts'
import { infraMachines, type PoolLife } from '../pool-life.test.support.ts'

/**
 * Cluster API's core as far as pool Machines go: makes a Machine for each infrastructure machine and, with a Machine
 * controller, drains a deleted one, then deletes its infrastructure machine, and goes when that is gone.
 */
export class MachineCore {
  /** In the order in which they happened. */
  readonly happened: string[] = []
  readonly #controller: boolean

  constructor(options: { readonly controller: boolean }) {
    this.#controller = options.controller
  }

  readonly act = (life: PoolLife): void => {
    for (const machine of life.management.store(machines).list()) this.#follow(life, machine)
    const pool = life.machinePool
    if (pool === undefined) return
    for (const object of life.management.store(infraMachines).list()) {
      const key = { namespace: 'default', name: object.metadata.name ?? '' }
      const exists = life.management.store(machines).get(key) !== undefined
      if (object.metadata.deletionTimestamp !== undefined || exists) continue
      const wanted = desiredMachine(pool, { ...object, spec: { ...object.spec } }, 'infra', undefined)
      const machine = life.management.put(machines, {
        ...wanted,
        metadata: { ...wanted.metadata, ...(this.#controller && { finalizers: [finalizers.machine] }) },
      })
      const owner = { apiVersion: machine.apiVersion, kind: 'Machine', name: key.name, uid: machine.metadata.uid! }
      const ownerReferences = [...(object.metadata.ownerReferences ?? []), owner]
      life.management.put(infraMachines, { ...object, metadata: { ...object.metadata, ownerReferences } })
    }
  }

  #follow(life: PoolLife, machine: Machine): void {
    const { name = '', deletionTimestamp } = machine.metadata
    const key = { namespace: 'default', name }
    if (deletionTimestamp === undefined || !this.#controller) return
    const infra = life.management.store(infraMachines).get(key)
    if (infra === undefined) {
      life.management.store(machines).remove(key)
      this.happened.push('machine gone')
      return
    }
    const node = life.all().find(({ providerID }) => providerID === infra.spec?.providerID)
    const left = life.workload
      .store(pods)
      .list()
      .filter(({ spec }) => spec?.nodeName === node?.name)
    if (left.length > 0) {
      const object = node && life.workload.store(nodes).get({ name: node.name })
      if (object) life.workload.put(nodes, { ...object, spec: { ...object.spec, unschedulable: true } })
      for (const { metadata } of left) {
        life.workload.store(pods).remove({ namespace: 'app', name: metadata.name ?? '' })
      }
      this.#say(life, machine, 'DrainingNode')
      this.happened.push('drained')
      return
    }
    this.#say(life, machine, 'WaitingForInfrastructureDeletion')
    if (infra.metadata.deletionTimestamp === undefined) {
      this.happened.push('infrastructure deleted')
      life.management.remove(infraMachines, key, life.clock.now())
    }
  }

  #say(life: PoolLife, machine: Machine, reason: string): void {
    const lastTransitionTime = new Date(life.clock.now()).toISOString()
    const conditions = [{ type: 'Deleting', status: 'True' as const, reason, message: '', lastTransitionTime }]
    life.management.put(machines, { ...machine, status: { ...machine.status, conditions } })
  }
}
