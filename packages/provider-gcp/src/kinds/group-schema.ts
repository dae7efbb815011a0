import { schema as s } from '@machinepool/api'

/** Google's documented bounds for regional groups: https://cloud.google.com/compute/docs/instance-groups/distribution */
const maxZones = 16
const maxZoneLength = 40

export const zones = () =>
  s.list(
    'Zones of the group, all of one region: one makes a zonal group, several a regional one. Absent: the failure domains of the MachinePool, else those of the cluster. Cannot change.',
    s.text('One zone.', { maxLength: maxZoneLength, pattern: '^[a-z]+-[a-z]+[0-9]+-[a-z]+$' }),
    {
      minItems: 1,
      maxItems: maxZones,
      rules: [
        {
          rule: "self.all(zone, zone.startsWith(self[0].substring(0, self[0].lastIndexOf('-') + 1)))",
          message: 'all zones must be of one region',
        },
        { rule: 'self.all(zone, self.exists_one(other, other == zone))', message: 'each zone may be named once' },
      ],
    },
  )

export const distribution = () =>
  s.object('How a regional group spreads its instances.', {
    targetShape: s.optional(
      s.oneOf('Even: alike in all zones. Others: where there is capacity. Absent: Even.', [
        'Even',
        'Balanced',
        'Any',
        'AnySingleZone',
      ]),
    ),
    redistribution: s.optional(
      s.oneOf('Proactive: Google moves instances between zones, deleting some without draining them. Absent: None.', [
        'None',
        'Proactive',
      ]),
    ),
  })

const share = (description: string) =>
  s.intOrString(description, {
    rules: [
      {
        rule: "type(self) == int ? int(self) >= 0 : string(self).matches('^(100|[1-9]?[0-9])%$')",
        message: 'must be a number of at least 0, or a percentage from 0% to 100%',
      },
    ],
  })

export const strategy = () =>
  s.object(
    'How outdated instances are replaced.',
    {
      type: s.oneOf(
        'RollingUpdate: the controller drains and replaces them within maxSurge and maxUnavailable. Proactive: the group’s own updater does, without draining. OnDelete: nobody does.',
        ['RollingUpdate', 'Proactive', 'OnDelete'],
        { default: 'RollingUpdate' },
      ),
      rollingUpdate: s.optional(
        s.object('Bounds of RollingUpdate and Proactive.', {
          maxSurge: s.optional(
            share(
              'Instances above the size, a number or a percentage. Absent: 1; for Proactive the number of zones, 0 with Recreate.',
            ),
          ),
          maxUnavailable: s.optional(
            share('Instances below the size, a number or a percentage. Absent: 0; with Recreate the number of zones.'),
          ),
          deletePolicy: s.optional(
            s.oneOf('Which of equal instances goes first.', ['Oldest', 'Newest', 'Random'], { default: 'Oldest' }),
          ),
        }),
      ),
      replacementMethod: s.optional(
        s.oneOf('Proactive only. Substitute: new names. Recreate: the same names. Absent: Substitute.', [
          'Substitute',
          'Recreate',
        ]),
      ),
    },
    { rules: strategyRules },
  )

const isZero = (path: string): string =>
  `has(self.rollingUpdate) && has(${path}) && (type(${path}) == int ? ${path} == 0 : ${path} == '0%')`
const surge = 'self.rollingUpdate.maxSurge'
const unavailable = 'self.rollingUpdate.maxUnavailable'

const strategyRules: readonly s.ValidationRule[] = [
  {
    rule: `!(${isZero(surge)} && (!has(${unavailable}) || ${isZero(unavailable)})) || (has(self.replacementMethod) && self.replacementMethod == 'Recreate' && !has(${unavailable}))`,
    message: 'maxSurge and maxUnavailable must not both be 0: nothing could ever be replaced',
    fieldPath: '.rollingUpdate',
  },
  {
    rule: "!has(self.replacementMethod) || self.type == 'Proactive'",
    message: 'replacementMethod needs type Proactive',
    fieldPath: '.replacementMethod',
    reason: 'FieldValueForbidden',
  },
  {
    rule: `!(has(self.replacementMethod) && self.replacementMethod == 'Recreate') || !has(self.rollingUpdate) || ((!has(${surge}) || ${isZero(surge)}) && !(${isZero(unavailable)}))`,
    message: 'replacementMethod Recreate needs maxSurge 0 and maxUnavailable above 0',
    fieldPath: '.rollingUpdate',
  },
]

const maxMachineTypes = 20

/** Settings of the managed instance group that change nothing about instances that are there. */
export const groupSettings = {
  autoHealing: s.optional(
    s.object('Re-creates instances that fail a health check.', {
      healthCheck: s.text('Name or reference of the health check.', { minLength: 1, maxLength: 256 }),
      initialDelaySeconds: s.optional(
        s.int32('Time after start in which the check does not count. Absent: 300.', { minimum: 0, maximum: 3600 }),
      ),
    }),
  ),
  instanceFlexibility: s.optional(
    s.list(
      'Machine types that may be used instead of instanceType, by preference. Regional groups only.',
      s.object('Machine types of one preference.', {
        name: s.text('Name of the selection.', { minLength: 1, maxLength: 63 }),
        machineTypes: s.list('Machine types.', s.text('One machine type.', { maxLength: 63 }), {
          minItems: 1,
          maxItems: maxMachineTypes,
        }),
        rank: s.optional(s.int32('Lower is better. Absent: 0.', { minimum: 0 })),
      }),
      { maxItems: 20 },
    ),
  ),
  namedPorts: s.optional(
    s.list(
      'Ports by name, for load balancers.',
      s.object('One port.', {
        name: s.text('Name of the port.', { minLength: 1, maxLength: 63, pattern: '^[a-z]([-a-z0-9]*[a-z0-9])?$' }),
        port: s.int32('Number of the port.', { minimum: 1, maximum: 65_535 }),
      }),
      { maxItems: 100 },
    ),
  ),
  statefulDisks: s.optional(
    s.list(
      'Disks that stay when their instance is re-created. Only with strategy OnDelete: a replaced instance has another name and would lose them.',
      s.object('One disk.', {
        deviceName: s.text('Device name of the disk.', { minLength: 1, maxLength: 63 }),
        autoDelete: s.optional(
          s.oneOf('What becomes of the disk. Absent: Never.', ['Never', 'OnPermanentInstanceDeletion']),
        ),
      }),
      { maxItems: 32 },
    ),
  ),
  targetSizePolicy: s.optional(
    s.oneOf('Individual: instances come one by one. Bulk: all or none. Absent: Individual.', ['Individual', 'Bulk']),
  ),
}
