// Package check holds the tests of what the exporter is deployed with. They are
// a module of their own so that the exporter does not depend on Kubernetes'
// types, on BuildKit and on Helm.
package check
