// Package blackhole is a sink that takes everything and keeps nothing: connector 'blackhole', for measuring a query
// without what comes behind it.
package blackhole

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/catalog"
	"millrace/flow"
	"millrace/sinks"
)

type connector struct{}

// New makes the connector.
func New() sinks.Connector { return connector{} }

func (connector) Name() string                         { return "blackhole" }
func (connector) Options() []catalog.OptionSpec        { return nil }
func (connector) Check(*catalog.Table) error           { return nil }
func (connector) Accepts(*catalog.Table) sinks.Changes { return sinks.Changelog }
func (connector) Open(context.Context, *sinks.Write, memory.Allocator) (sinks.Sink, error) {
	return sink{}, nil
}

type sink struct{}

func (sink) Write(context.Context, *flow.Batch) error                { return nil }
func (sink) Prepare(context.Context, uint64) (token []byte, _ error) { return nil, nil }
func (sink) Commit(context.Context, []byte) error                    { return nil }
func (sink) Abort(context.Context, []byte) error                     { return nil }
func (sink) Close() error                                            { return nil }
