package recordbatch

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
)

// HeaderLen is the size in bytes of a magic 2 batch before its first record.
const HeaderLen = 61

// Where the fields of a batch are. The magic byte is at the same place in
// every format.
const (
	baseOffsetAt    = 0
	lengthAt        = 8
	leaderEpochAt   = 12
	magicAt         = 16
	crcAt           = 17
	attributesAt    = 21
	lastDeltaAt     = 23
	baseTimestampAt = 27
	maxTimestampAt  = 35
	producerIDAt    = 43
	producerEpochAt = 51
	baseSequenceAt  = 53
	countAt         = 57

	// overhead is what stands before the bytes that the length field counts.
	overhead = 12
)

const (
	codecMask         = 0x07
	logAppendTimeBit  = 0x08
	transactionalBit  = 0x10
	controlBit        = 0x20
	deleteHorizonBit  = 0x40
	noLeaderEpoch     = -1
	noProducerID      = -1
	noProducerEpoch   = -1
	noSequence        = -1
	minControlKeySize = 4
)

var (
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
	be         = binary.BigEndian
)

// CorruptError says that bytes are no record batch, or one damaged.
type CorruptError struct {
	Offset int64  // of the batch or of the record; −1 when unknown
	Reason string // what is wrong with it
}

func (e *CorruptError) Error() string {
	return fmt.Sprintf("corrupt record batch at offset %d: %s", e.Offset, e.Reason)
}

func corrupt(offset int64, format string, args ...any) *CorruptError {
	return &CorruptError{Offset: offset, Reason: fmt.Sprintf(format, args...)}
}

// View is exactly one whole record batch of magic 2. Accessors read the header
// and panic on fewer than HeaderLen bytes; a [Scanner] never hands out such a
// view, and [View.Verify] refuses it.
type View []byte

// BaseOffset is the offset that record deltas count from.
func (v View) BaseOffset() int64 { return int64(be.Uint64(v[baseOffsetAt:])) }

// LeaderEpoch is the epoch of the leader that appended the batch.
func (v View) LeaderEpoch() int32 { return int32(be.Uint32(v[leaderEpochAt:])) }

// Attributes are the flag bits, codec included.
func (v View) Attributes() int16 { return int16(be.Uint16(v[attributesAt:])) }

// Codec is how the records are compressed. It may be one that does not exist
// (5 to 7), which decoding refuses.
func (v View) Codec() Codec { return Codec(v.Attributes() & codecMask) }

// LogAppendTime tells that MaxTimestamp, set by the broker, is the time of
// every record.
func (v View) LogAppendTime() bool { return v.Attributes()&logAppendTimeBit != 0 }

// Transactional tells that the batch belongs to a transaction.
func (v View) Transactional() bool { return v.Attributes()&transactionalBit != 0 }

// Control tells that the batch is a transaction marker, not data.
func (v View) Control() bool { return v.Attributes()&controlBit != 0 }

// DeleteHorizon tells that the cleaner keeps in BaseTimestamp the time at which
// it may drop tombstones. Record times still are BaseTimestamp plus delta.
func (v View) DeleteHorizon() bool { return v.Attributes()&deleteHorizonBit != 0 }

// LastOffsetDelta is LastOffset minus BaseOffset; compaction keeps it even when
// it removes the last record.
func (v View) LastOffsetDelta() int32 { return int32(be.Uint32(v[lastDeltaAt:])) }

// LastOffset is the last offset that the batch covers.
func (v View) LastOffset() int64 { return v.BaseOffset() + int64(v.LastOffsetDelta()) }

// BaseTimestamp is what record timestamp deltas count from, in milliseconds.
func (v View) BaseTimestamp() int64 { return int64(be.Uint64(v[baseTimestampAt:])) }

// MaxTimestamp is the largest timestamp of the batch, in milliseconds.
func (v View) MaxTimestamp() int64 { return int64(be.Uint64(v[maxTimestampAt:])) }

// ProducerID is the idempotent producer's id, −1 without one.
func (v View) ProducerID() int64 { return int64(be.Uint64(v[producerIDAt:])) }

// ProducerEpoch is the idempotent producer's epoch, −1 without one.
func (v View) ProducerEpoch() int16 { return int16(be.Uint16(v[producerEpochAt:])) }

// BaseSequence is the sequence number of the first record, −1 without one.
func (v View) BaseSequence() int32 { return int32(be.Uint32(v[baseSequenceAt:])) }

// Count is the number of records; compaction may leave none.
func (v View) Count() int32 { return int32(be.Uint32(v[countAt:])) }

// Records are the bytes after the header, compressed as Codec says.
func (v View) Records() []byte { return v[HeaderLen:] }

// Dense tells that no offset of the batch is without a record.
func (v View) Dense() bool { return int64(v.Count()) == int64(v.LastOffsetDelta())+1 }

// Verify checks the size fields, the magic and the checksum. It does not look
// into the records. An error is a [*CorruptError].
func (v View) Verify() error {
	if err := v.check(); err != nil {
		return err
	}
	want := be.Uint32(v[crcAt:])
	if got := crc32.Checksum(v[attributesAt:], castagnoli); got != want {
		return corrupt(v.BaseOffset(), "checksum is %08x, header says %08x", got, want)
	}
	return nil
}

// check is Verify without the checksum.
func (v View) check() error {
	if len(v) < HeaderLen {
		return corrupt(-1, "%d bytes are shorter than a batch header", len(v))
	}
	base := v.BaseOffset()
	if n := int64(int32(be.Uint32(v[lengthAt:]))) + overhead; n != int64(len(v)) {
		return corrupt(base, "length field says %d bytes, %d are here", n, len(v))
	}
	if m := int8(v[magicAt]); m != 2 {
		return corrupt(base, "magic is %d, not 2", m)
	}
	delta, count := v.LastOffsetDelta(), v.Count()
	if delta < 0 || base > maxOffset-int64(delta) {
		return corrupt(base, "last offset delta is %d", delta)
	}
	if count < 0 || int64(count) > int64(delta)+1 {
		return corrupt(base, "%d records in %d offsets", count, int64(delta)+1)
	}
	return nil
}

// Identity is what an idempotent producer stamps on a batch.
type Identity struct {
	ProducerID    int64 // −1: none
	Epoch         int16
	Sequence      int32 // of the first record
	Transactional bool
}

// NoIdentity is that of a producer that is not idempotent.
var NoIdentity = Identity{ProducerID: noProducerID, Epoch: noProducerEpoch, Sequence: noSequence}

// FixUp makes a fetched batch one that id produces: base offset 0, leader epoch
// −1, id's producer fields and transactional bit, and a fresh checksum. It
// works in place, allocates nothing, and may be repeated with another identity.
// It trusts the bytes (Verify first) and leaves the control, log-append-time and
// delete-horizon bits alone: batches with those are not for the fast path.
func (v View) FixUp(id Identity) {
	be.PutUint64(v[baseOffsetAt:], 0)
	leader := int32(noLeaderEpoch)
	be.PutUint32(v[leaderEpochAt:], uint32(leader))
	attributes := v.Attributes() &^ transactionalBit
	if id.Transactional {
		attributes |= transactionalBit
	}
	be.PutUint16(v[attributesAt:], uint16(attributes))
	be.PutUint64(v[producerIDAt:], uint64(id.ProducerID))
	be.PutUint16(v[producerEpochAt:], uint16(id.Epoch))
	be.PutUint32(v[baseSequenceAt:], uint32(id.Sequence))
	v.seal()
}

// seal writes the checksum.
func (v View) seal() {
	be.PutUint32(v[crcAt:], crc32.Checksum(v[attributesAt:], castagnoli))
}
