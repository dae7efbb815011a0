import { schema as s } from '@machinepool/api'

const keyName =
  'projects\\/[-_[A-Za-z0-9]+\\/locations\\/[-_[A-Za-z0-9]+\\/keyRings\\/[-_[A-Za-z0-9]+\\/cryptoKeys\\/[-_[A-Za-z0-9]+'

/** A customer's own encryption key. GCPMachine's webhook holds the rules upstream; pools there have none. */
export const encryptionKey = (description: string) =>
  s.object(
    description,
    {
      keyType: s.oneOf('Managed: a key in Cloud KMS. Supplied: the key itself.', ['Managed', 'Supplied']),
      kmsKeyServiceAccount: s.optional(
        s.text('Service account that uses the KMS key. Absent: the Compute Engine service agent.', {
          maxLength: 85,
          pattern: '[-_[A-Za-z0-9]+@[-_[A-Za-z0-9]+.iam.gserviceaccount.com',
        }),
      ),
      managedKey: s.optional(
        s.object('A key in Cloud KMS.', {
          kmsKeyName: s.text('Full name of the key.', { maxLength: 160, pattern: keyName }),
        }),
      ),
      suppliedKey: s.optional(
        s.object(
          'A key that is sent along.',
          {
            rawKey: s.optional(s.text('256-bit key, in base64.', { format: 'byte' })),
            rsaEncryptedKey: s.optional(s.text('256-bit key wrapped with RSA, in base64.', { format: 'byte' })),
          },
          { minProperties: 1, maxProperties: 1 },
        ),
      ),
    },
    {
      rules: [
        {
          rule: "self.keyType == 'Managed' ? has(self.managedKey) && !has(self.suppliedKey) : has(self.suppliedKey) && !has(self.managedKey)",
          message: 'keyType Managed needs managedKey alone, keyType Supplied needs suppliedKey alone',
        },
      ],
    },
  )

const maxDisks = 127

export const additionalDisks = () =>
  s.list(
    'Disks beside the boot disk.',
    s.object(
      'One disk.',
      {
        deviceType: s.optional(s.text('Type such as pd-ssd or local-ssd. Absent: pd-standard.')),
        size: s.optional(s.int64('Size in GB. Absent: 30; local SSDs always have 375.')),
        encryptionKey: s.optional(encryptionKey('Key of this disk.')),
      },
      {
        rules: [
          {
            rule: "!(has(self.deviceType) && self.deviceType == 'local-ssd' && has(self.encryptionKey))",
            message: 'local SSDs are encrypted by Google and take no key',
            fieldPath: '.encryptionKey',
            reason: 'FieldValueForbidden',
          },
          {
            rule: '!has(self.size) || self.size > 0',
            message: 'size must be positive',
            fieldPath: '.size',
          },
        ],
      },
    ),
    { maxItems: maxDisks },
  )
