/** Fields of the authentication types: see `shape.ts` for the notation. */
export const authenticationShapes = `
package io.k8s.api.authentication.v1

type BoundObjectReference
  1 kind string
  2 apiVersion string
  3 name string
  4 uid string

type SelfSubjectReview
  1 metadata ObjectMeta
  2 status SelfSubjectReviewStatus

type SelfSubjectReviewStatus
  1 userInfo UserInfo

type TokenRequestSpec
  1 audiences! [string] atomic
  3 boundObjectRef BoundObjectReference
  4 expirationSeconds? int64

type TokenRequestStatus
  1 token! string
  2 expirationTimestamp! time

type TokenReview
  1 metadata ObjectMeta
  2 spec! TokenReviewSpec
  3 status TokenReviewStatus

type TokenReviewSpec
  1 token string
  2 audiences [string] atomic

type TokenReviewStatus
  1 authenticated bool
  2 user UserInfo
  3 error string
  4 audiences [string] atomic

type UserInfo
  1 username string
  2 uid string
  3 groups [string] atomic
  4 extra {[string]}

type authentication.TokenRequest
  1 metadata ObjectMeta
  2 spec! TokenRequestSpec
  3 status TokenRequestStatus
`
