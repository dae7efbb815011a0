import type { TSchema } from 'typebox'

import * as s from '../../toolkit/schema.ts'

/**
 * The two versions of KubeadmConfig name mostly the same fields; v1beta2 refuses empty objects and lists and declares how
 * lists are merged. A style is that difference, so that each field is written once.
 */
export interface Style {
  readonly nonEmpty: { readonly minProperties?: number }
  /** A list that, in v1beta2, must not be empty when present. */
  list<I extends TSchema>(description: string, items: I, maxItems: number): ReturnType<typeof s.list<I>>
  /** A list that may be empty. */
  looseList<I extends TSchema>(description: string, items: I, maxItems: number): ReturnType<typeof s.list<I>>
}

export const v1beta1Style: Style = {
  nonEmpty: {},
  list: (description, items, maxItems) => s.list(description, items, { maxItems }),
  looseList: (description, items, maxItems) => s.list(description, items, { maxItems }),
}

export const v1beta2Style: Style = {
  nonEmpty: { minProperties: 1 },
  list: (description, items, maxItems) => s.atomicList(description, items, { minItems: 1, maxItems }),
  looseList: (description, items, maxItems) => s.atomicList(description, items, { maxItems }),
}

/** Non-empty text up to a length. */
export function word(description: string, maxLength: number) {
  return s.text(description, { minLength: 1, maxLength })
}

/** Command line arguments of a component as API version v1beta2 has them: a list, in which a name may have one value. */
export function argumentList(description: string, field: string) {
  return s.listMap(
    description,
    ['name', 'value'],
    s.object('One argument.', {
      name: word('Name of the flag, without dashes.', 256),
      value: s.text('Value of the flag.', { minLength: 0, maxLength: 1024 }),
    }),
    {
      minItems: 1,
      maxItems: 100,
      rules: [
        { rule: 'self.all(x, self.exists_one(y, x.name == y.name))', message: `${field} must not repeat a name` },
      ],
    },
  )
}
