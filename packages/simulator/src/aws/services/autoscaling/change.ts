import type { Region } from '../../region.ts'
import type { Group, Member } from './state.ts'

/** Replaces a group by a changed one; nothing when it is gone. */
export function changeGroup(region: Region, name: string, change: (group: Group) => Group): Group | undefined {
  const group = region.autoscaling.groups.get(name)
  if (!group) return undefined
  const next = change(group)
  if (next !== group) region.autoscaling.groups.put(name, next)
  return next
}

/** Changes one member; undefined when the group or the member is gone. */
export function changeMember(
  region: Region,
  groupName: string,
  id: string,
  change: Partial<Member> | ((member: Member) => Partial<Member>),
): Member | undefined {
  const found = findMember(region, groupName, id)
  if (!found) return undefined
  const next = { ...found, ...(typeof change === 'function' ? change(found) : change) }
  changeGroup(region, groupName, (group) => ({
    ...group,
    members: group.members.map((member) => (member.id === id ? next : member)),
  }))
  return next
}

export function addMember(region: Region, groupName: string, member: Member) {
  region.autoscaling.owners.set(member.id, groupName)
  changeGroup(region, groupName, (group) => ({ ...group, members: [...group.members, member] }))
}

export function removeMember(region: Region, groupName: string, id: string) {
  region.autoscaling.owners.delete(id)
  changeGroup(region, groupName, (group) => ({ ...group, members: group.members.filter((member) => member.id !== id) }))
}

export function findMember({ autoscaling }: Region, groupName: string, id: string): Member | undefined {
  return autoscaling.groups.get(groupName)?.members.find((member) => member.id === id)
}

/** The group that has an instance. */
export function groupOf({ autoscaling }: Region, id: string): Group | undefined {
  const name = autoscaling.owners.get(id)
  return name === undefined ? undefined : autoscaling.groups.get(name)
}
