// Package server is millrace as a service: one process that opens the engine, listens for PostgreSQL clients and for
// HTTP, and ends in good order. It holds no logic of the engine's: the wire is package pgwire, and a REST request is
// one call of the engine.
package server
