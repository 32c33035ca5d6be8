package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"time"

	agent "agent.example/types"
	"github.com/nats-io/nats.go/jetstream"
)

// parts are those of one metrics report that came so far; they are acknowledged together.
type parts struct {
	at       time.Time
	messages map[int]jetstream.Msg
	bodies   map[int][]byte
}

// assembler puts the parts of metrics reports together.
type assembler struct {
	recent   *recent
	clusters map[string]*parts
}

func newAssembler() *assembler { return &assembler{newRecent(), map[string]*parts{}} }

func (a *assembler) read(message jetstream.Msg, _, cluster string) error {
	all, err := bodies(message)
	if err != nil {
		return err
	}
	part, count := 1, 1
	if header := message.Headers().Get("Agent-Part"); header != "" {
		if _, err := fmt.Sscanf(header, "%d/%d", &part, &count); err != nil {
			return fmt.Errorf("Agent-Part: %w", err)
		}
	}
	report, err := decode[agent.MetricsReport](all[0], cluster)
	if err != nil {
		return err
	}
	if a.recent.has(cluster + " " + report.Timestamp.String()) {
		return message.Ack()
	}
	coming := a.clusters[cluster]
	if coming == nil || !coming.at.Equal(report.Timestamp) {
		if coming != nil && len(coming.messages) > 0 {
			fmt.Println("incomplete", cluster, "metrics")
			coming.acknowledge()
		}
		coming = &parts{report.Timestamp, map[int]jetstream.Msg{}, map[int][]byte{}}
		a.clusters[cluster] = coming
	}
	coming.messages[part], coming.bodies[part] = message, all[0]
	if len(coming.messages) < count {
		return nil
	}
	whole, err := coming.join()
	if err != nil {
		return err
	}
	nodes, pods := whole.Data.Nodes, whole.Data.Pods
	if nodes != nil && pods != nil && pods.Total != nil {
		namespaces := len(whole.Data.Namespaces)
		fmt.Printf("metrics %s %d nodes, %d pods, %d namespaces\n", cluster, nodes.Total, *pods.Total, namespaces)
	}
	a.recent.add(cluster + " " + report.Timestamp.String())
	return coming.acknowledge()
}

// join decodes every part into the same report: encoding/json adds to maps and to what pointers point at.
func (p *parts) join() (whole agent.MetricsReport, err error) {
	for body := range maps.Values(p.bodies) {
		if err = json.Unmarshal(body, &whole); err != nil {
			return whole, err
		}
	}
	return whole, nil
}

func (p *parts) acknowledge() error {
	for message := range maps.Values(p.messages) {
		if err := message.Ack(); err != nil {
			return err
		}
	}
	clear(p.messages)
	return nil
}
