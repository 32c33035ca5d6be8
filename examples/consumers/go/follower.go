package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	agent "agent.example/types"
	"github.com/nats-io/nats.go/jetstream"
)

// incidents are those of one cluster.
type incidents struct {
	open map[string]time.Time
	// The list of all open incidents, as far as its parts came.
	listAt    time.Time
	listParts map[int64]bool
	listed    map[string]bool
}

// follower reads events, and what becomes of their incidents.
type follower struct {
	recent   *recent
	clusters map[string]*incidents
}

func newFollower() *follower { return &follower{newRecent(), map[string]*incidents{}} }

func (f *follower) read(message jetstream.Msg, kind, cluster string) error {
	all, err := bodies(message)
	if err != nil {
		return err
	}
	if f.clusters[cluster] == nil {
		f.clusters[cluster] = &incidents{open: map[string]time.Time{}}
	}
	for _, body := range all {
		if kind == agent.KindUpdate {
			err = f.followUpdate(body, cluster)
		} else {
			err = f.followEvent(body, cluster)
		}
		if err != nil {
			return err
		}
	}
	return message.Ack()
}

func (f *follower) followEvent(body []byte, cluster string) error {
	event, err := decode[agent.Event](body, cluster)
	if err != nil || !f.recent.add(event.ID) {
		return err
	}
	if event.Type == agent.EventTypeAgentGap { // events before it may have been lost
		fmt.Println("gap", cluster, event.Reason)
		return nil
	}
	place := slices.DeleteFunc([]string{event.Namespace, event.Labels["kind"], event.Labels["name"]}, isEmpty)
	fmt.Println("event", cluster, event.Severity, strings.Join(place, "/"), event.Reason)
	open := f.clusters[cluster].open
	if incident := event.Incident; incident != nil && open[incident.ID].IsZero() {
		open[incident.ID] = incident.OpenedAt
		fmt.Println("opened", cluster, incident.ID, incident.Family)
	}
	return nil
}

func (f *follower) followUpdate(body []byte, cluster string) error {
	update, err := decode[agent.Update](body, cluster)
	if err != nil || !f.recent.add(update.ID) {
		return err
	}
	switch update.Kind {
	case agent.UpdateKindEvidence:
		evidence, err := decode[agent.EvidenceUpdate](body, cluster)
		keys := slices.Sorted(maps.Keys(evidence.Evidence))
		fmt.Println("evidence", cluster, evidence.IncidentID, strings.Join(keys, ","))
		return err
	case agent.UpdateKindResolved:
		resolved, err := decode[agent.ResolvedUpdate](body, cluster)
		f.end(cluster, "resolved", resolved.IncidentID, resolved.Proof)
		return err
	case agent.UpdateKindQuiet: // nothing new for a while, and no proof of an end
		quiet, err := decode[agent.QuietUpdate](body, cluster)
		f.end(cluster, "quiet", quiet.IncidentID)
		return err
	case agent.UpdateKindStorm:
		storm, err := decode[agent.StormUpdate](body, cluster)
		fmt.Println("storm", cluster, storm.Reports, "reports")
		return err
	case agent.UpdateKindOpen:
		list, err := decode[agent.OpenUpdate](body, cluster)
		f.compareWithOpen(list)
		return err
	default: // of a later version
		return nil
	}
}

func (f *follower) end(cluster, how, incident string, more ...string) {
	delete(f.clusters[cluster].open, incident)
	fmt.Println(strings.Join(append([]string{how, cluster, incident}, more...), " "))
}

// compareWithOpen ends what is missing in every part of the list of open incidents: its end was missed.
func (f *follower) compareWithOpen(update agent.OpenUpdate) {
	known := f.clusters[update.ClusterID]
	if known == nil {
		return
	}
	if !known.listAt.Equal(update.Timestamp) {
		known.listAt, known.listParts, known.listed = update.Timestamp, map[int64]bool{}, map[string]bool{}
	}
	known.listParts[update.Part] = true
	for _, incident := range update.Incidents {
		known.listed[incident.IncidentID] = true
	}
	if int64(len(known.listParts)) < update.Parts {
		return
	}
	for incident, openedAt := range known.open {
		if !known.listed[incident] && !openedAt.After(update.Timestamp) {
			f.end(update.ClusterID, "ended", incident)
		}
	}
}

func isEmpty(text string) bool { return text == "" }
