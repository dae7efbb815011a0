import { isAlreadyExists, isNotFound, nodes, type Client, type Clock, type Node } from '@machinepool/kube'

import { findJoinConfiguration, type JoinConfiguration } from './kubeadm.ts'
import { createKubelets, type Kubelets } from './kubelets.ts'
import type { Machine } from './machine.ts'
import { conditions, toNode } from './node.ts'
import { checkToken, JoinRefused } from './token.ts'
import { readUserData } from './user-data.ts'

/** Gives access to a workload cluster; undefined while there is none. */
export type WorkloadLookup = (cluster: string) => Client | undefined | Promise<Client | undefined>

export interface GuestsOptions {
  readonly clock: Clock
  readonly workload: WorkloadLookup
  /**
   * Milliseconds from a machine's end to the removal of its Node, as a cloud controller manager removes it; false
   * leaves the Node there.
   */
  readonly nodeRemoval: number | false
  /** Whether pods on the machines are started and ended. */
  readonly kubelets: boolean
}

/** The software on simulated machines: it runs the user data, joins its cluster, and is gone with the machine. */
export interface Guests {
  boot(machine: Machine, cluster: string): void
  /** The machine has ended. */
  halt(providerID: string): void
  /** The machine ended before this process began; it may have a Node still. */
  ended(machine: Machine, cluster: string): void
  /** What the machine printed: why it joined or did not. */
  readonly console: (providerID: string) => readonly string[]
  close(): void
}

/** A refused or failed join is tried again after this many milliseconds. */
const retry = 5000

interface Guest {
  readonly machine: Machine
  readonly cluster: string
  running: boolean
  /** Name of the Node, once it has joined. */
  node?: string
  readonly lines: string[]
}

export function createGuests(options: GuestsOptions): Guests {
  const { clock } = options
  const guests = new Map<string, Guest>()
  const kubelets = new Map<Client, Kubelets>()
  let closed = false

  function log(guest: Guest, line: string) {
    // The same failure again and again says nothing new.
    if (guest.lines.at(-1) !== line) guest.lines.push(line)
  }

  async function join(guest: Guest): Promise<void> {
    const { machine, cluster } = guest
    const configuration = joinConfigurationOf(machine)
    const client = await options.workload(cluster)
    if (!client) throw new JoinRefused(`the API server of cluster ${cluster} cannot be reached`)
    const node = toNode(machine, configuration, clock.now())
    // A kubelet that has joined before needs its token no more.
    if (configuration?.token !== undefined && !(await hasJoined(client, node))) {
      await checkToken(client, configuration.token, clock.now())
    }
    await register(client, node)
    guest.node = node.metadata.name!
    log(guest, `joined cluster ${cluster} as ${guest.node}`)
    if (options.kubelets && !closed) kubeletsOf(client).addNode(guest.node)
    // The machine may have ended while it was joining.
    if (!guest.running) await leave(guest)
  }

  function kubeletsOf(client: Client): Kubelets {
    let found = kubelets.get(client)
    // Its errors are connection trouble that the reflector overcomes by itself.
    if (!found) kubelets.set(client, (found = createKubelets(client, () => {})))
    return found
  }

  function tryJoin(guest: Guest) {
    join(guest).catch((error: unknown) => {
      log(guest, `cannot join: ${error instanceof Error ? error.message : String(error)}`)
      if (guest.running && !closed) clock.after(retry, () => guest.running && tryJoin(guest))
    })
  }

  /** Another machine under the same provider ID has the Node now: a VM made again under its old name. */
  const replaced = (guest: Guest) => guests.get(guest.machine.providerID) !== guest

  async function leave(guest: Guest) {
    const { node: name } = guest
    const client = await options.workload(guest.cluster)
    if (name === undefined || replaced(guest)) return
    if (!client) throw new JoinRefused(`the API server of cluster ${guest.cluster} cannot be reached`)
    kubelets.get(client)?.removeNode(name)
    await forOwnNode(client, guest, () => markLost(client, name, clock.now()))
    if (options.nodeRemoval === false || closed) return
    clock.after(options.nodeRemoval, () => tryRemove(client, guest))
  }

  function tryRemove(client: Client, guest: Guest) {
    if (replaced(guest)) return
    forOwnNode(client, guest, () => client.delete(nodes, { name: guest.node! })).catch((error: unknown) => {
      if (isNotFound(error)) return
      log(guest, `its Node stays: ${error instanceof Error ? error.message : String(error)}`)
      if (!closed) clock.after(retry, () => tryRemove(client, guest))
    })
  }

  function tryLeave(guest: Guest) {
    leave(guest).catch((error: unknown) => {
      if (isNotFound(error)) return
      log(guest, `cannot leave: ${error instanceof Error ? error.message : String(error)}`)
      if (!closed) clock.after(retry, () => tryLeave(guest))
    })
  }

  return {
    boot(machine, cluster) {
      const guest: Guest = { machine, cluster, running: true, lines: [] }
      guests.set(machine.providerID, guest)
      tryJoin(guest)
    },
    halt(providerID) {
      const guest = guests.get(providerID)
      if (!guest?.running) return
      guest.running = false
      tryLeave(guest)
    },
    ended(machine, cluster) {
      const guest: Guest = { machine, cluster, running: false, lines: [] }
      guests.set(machine.providerID, guest)
      try {
        guest.node = toNode(machine, joinConfigurationOf(machine), clock.now()).metadata.name!
      } catch (error) {
        // User data that cannot be read never led to a Node.
        log(guest, `did not join: ${error instanceof Error ? error.message : String(error)}`)
        return
      }
      tryLeave(guest)
    },
    console: (providerID) => guests.get(providerID)?.lines ?? [],
    close() {
      closed = true
      for (const guest of guests.values()) guest.running = false
      for (const one of kubelets.values()) one.close()
    },
  }
}

function joinConfigurationOf({ userData, instanceData }: Machine): JoinConfiguration | undefined {
  return findJoinConfiguration(userData ? readUserData(userData) : [], instanceData)
}

async function hasJoined(client: Client, node: Node): Promise<boolean> {
  try {
    const existing = await client.get(nodes, { name: node.metadata.name! })
    return existing.spec?.providerID === node.spec?.providerID
  } catch (error) {
    if (isNotFound(error)) return false
    throw error
  }
}

/** Creates the Node, or takes over the one the machine left behind when it was restarted. */
async function register(client: Client, node: Node) {
  const name = node.metadata.name!
  try {
    const created = await client.create(nodes, node)
    // A server that keeps status apart from the rest dropped it.
    if (!created.status?.conditions?.length) await writeStatus(client, name, node.status!)
  } catch (error) {
    if (!isAlreadyExists(error)) throw error
    const existing = await client.get(nodes, { name })
    if (existing.spec?.providerID !== node.spec?.providerID) {
      throw new JoinRefused(`a Node with name "${name}" already exists in the cluster`)
    }
    await writeStatus(client, name, node.status!)
  }
}

async function writeStatus(client: Client, name: string, status: object) {
  await client.patch(nodes, { name }, { type: 'merge', body: { status } }, { subresource: 'status' })
}

async function markLost(client: Client, name: string, now: number) {
  const lost = conditions('Unknown', 'NodeStatusUnknown', 'Kubelet stopped posting node status.', now)
  await writeStatus(client, name, { conditions: lost })
}

/** Another machine may have taken the name since. */
async function forOwnNode(client: Client, guest: Guest, act: () => Promise<unknown>) {
  try {
    const node = await client.get(nodes, { name: guest.node! })
    if (node.spec?.providerID === guest.machine.providerID) await act()
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}
