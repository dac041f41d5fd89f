package worker

import (
	"math/rand/v2"
	"testing"

	"crosstide/connect"
)

func sourceRecord(partition, offset int) *connect.SourceRecord {
	return &connect.SourceRecord{
		SourcePartition: map[string]any{"p": partition}, SourceOffset: map[string]any{"o": offset}, Topic: "t",
	}
}

// Whatever the order of acknowledgements: what is committable is the last record
// of the acknowledged prefix of its source partition, and never goes back.
func TestOffsetsAreCommittableOnlyUpToTheAcknowledgedPrefix(t *testing.T) {
	seed := rand.Uint64()
	rng := rand.New(rand.NewPCG(seed, 0))
	for range 300 {
		s := newSubmitted()
		partitions := 1 + rng.IntN(3)
		sent := make([][]*submission, partitions)
		acked := make([]map[int]bool, partitions)
		committed := make([]int, partitions)
		var open []*submission
		for p := range partitions {
			acked[p], committed[p] = make(map[int]bool), -1
		}
		for range 60 {
			switch {
			case rng.IntN(2) == 0 || len(open) == 0:
				p := rng.IntN(partitions)
				sub, err := s.add(sourceRecord(p, len(sent[p])))
				if err != nil {
					t.Fatal(err)
				}
				sent[p], open = append(sent[p], sub), append(open, sub)
			default:
				i := rng.IntN(len(open))
				sub := open[i]
				open = append(open[:i], open[i+1:]...)
				acked[sub.record.SourcePartition["p"].(int)][sub.record.SourceOffset["o"].(int)] = true
				s.ack(sub, connect.RecordMetadata{})
			}
			if rng.IntN(3) > 0 {
				continue
			}
			taken := s.take()
			if rng.IntN(4) == 0 {
				s.giveBack(taken) // the commit failed
				continue
			}
			for _, o := range taken {
				p, at := o.Partition["p"].(int), o.Offset["o"].(int)
				if at <= committed[p] {
					t.Fatalf("seed %d: partition %d went from %d to %d", seed, p, committed[p], at)
				}
				committed[p] = at
			}
		}
		for _, o := range s.take() {
			committed[o.Partition["p"].(int)] = o.Offset["o"].(int)
		}
		unsettled := 0
		for p := range partitions {
			prefix := -1
			for acked[p][prefix+1] {
				prefix++
			}
			if committed[p] != prefix {
				t.Fatalf("seed %d: partition %d committed %d, acknowledged up to %d", seed, p, committed[p], prefix)
			}
			unsettled += len(sent[p]) - prefix - 1
		}
		if s.pending() != unsettled {
			t.Fatalf("seed %d: %d pending, want %d", seed, s.pending(), unsettled)
		}
	}
}

func TestRecordThatWasNotHandedOverHoldsNothingUp(t *testing.T) {
	s := newSubmitted()
	first, _ := s.add(sourceRecord(0, 0))
	second, _ := s.add(sourceRecord(0, 1))
	s.remove(second)
	if done := s.ack(first, connect.RecordMetadata{}); len(done) != 1 {
		t.Errorf("%d records done, want 1", len(done))
	}
	select {
	case <-s.allAcked():
	default:
		t.Error("something is still waited for")
	}
}
