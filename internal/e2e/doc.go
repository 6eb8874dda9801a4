// Package e2e tests the command as a user runs it, against a real Kafka and a real Cassandra. Its tests have the build
// tag services; make test starts what they need.
package e2e
