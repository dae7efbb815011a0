/** Fields of the certificates types: see `shape.ts` for the notation. */
export const certificatesShapes = `
package io.k8s.api.certificates.v1

type CertificateSigningRequest
  1 metadata ObjectMeta
  2 spec! CertificateSigningRequestSpec
  3 status CertificateSigningRequestStatus

type CertificateSigningRequestCondition
  1 type! string
  6 status! string
  2 reason string
  3 message string
  4 lastUpdateTime time
  5 lastTransitionTime time

type CertificateSigningRequestSpec
  1 request! bytes atomic
  7 signerName! string
  8 expirationSeconds? int32
  5 usages [string] atomic
  2 username string
  3 uid string
  4 groups [string] atomic
  6 extra {[string]}

type CertificateSigningRequestStatus
  1 conditions [CertificateSigningRequestCondition] map(type)
  2 certificate bytes atomic
`
