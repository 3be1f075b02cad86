package hooks

import (
	"errors"

	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/teahouse-im/teahouse/topics"
)

// subscribe handles SUBSCRIBE.
func (l *Link) subscribe(fh *packets.FixedHeader, body []byte) error {
	pk := packetOf(fh.Type)
	defer release(pk)
	if err := l.decode(pk, fh, body); err != nil {
		return l.malformed(err)
	}
	switch {
	case pk.PacketID == 0, len(pk.Filters) == 0: // [MQTT-2.2.1-3] [MQTT-3.8.3-2]
		return l.fail(packets.ErrProtocolViolation.Code, "")
	case len(pk.Properties.SubscriptionIdentifier) > 0: // we said that there are none
		return l.fail(packets.ErrSubscriptionIdentifiersNotSupported.Code, "")
	}
	codes := make([]byte, len(pk.Filters))
	granted := make([]topics.Subscription, 0, len(pk.Filters))
	have := l.session.Filters()
	room := l.door.opt.MaxFilters - have.Len()
	for i, f := range pk.Filters {
		filter, err := topics.ParseFilter(f.Filter)
		switch {
		case err != nil:
			codes[i] = l.filterCode(err)
		case room <= 0 && !have.Has(f.Filter):
			codes[i] = l.subscribeCode(packets.ErrQuotaExceeded.Code)
		default:
			if !have.Has(f.Filter) {
				room--
			}
			codes[i] = min(f.Qos, 1) // nothing is ever sent with QoS 2
			granted = append(granted, topics.Subscription{Filter: filter, QoS: codes[i]})
		}
	}
	if len(granted) > 0 {
		l.session.Subscribe(granted)
	}
	return l.reply(packets.Suback, pk.PacketID, codes)
}

// filterCode is the SUBACK code of a filter that is not granted (spec/00 §4).
func (l *Link) filterCode(err error) byte {
	var e topics.FilterError
	if !errors.As(err, &e) {
		return l.subscribeCode(packets.ErrUnspecifiedError.Code)
	}
	switch e {
	case topics.FilterMalformed:
		return l.subscribeCode(packets.ErrTopicFilterInvalid.Code)
	case topics.FilterShared:
		return l.subscribeCode(packets.ErrSharedSubscriptionsNotSupported.Code)
	}
	return l.subscribeCode(packets.ErrNotAuthorized.Code)
}

// subscribeCode leaves 3.1.1 its only code of failure.
func (l *Link) subscribeCode(code byte) byte {
	if l.Version < 5 {
		return packets.ErrUnspecifiedError.Code
	}
	return code
}

// unsubscribe handles UNSUBSCRIBE.
func (l *Link) unsubscribe(fh *packets.FixedHeader, body []byte) error {
	pk := packetOf(fh.Type)
	defer release(pk)
	if err := l.decode(pk, fh, body); err != nil {
		return l.malformed(err)
	}
	if pk.PacketID == 0 || len(pk.Filters) == 0 { // [MQTT-3.10.3-2]
		return l.fail(packets.ErrProtocolViolation.Code, "")
	}
	have := l.session.Filters()
	codes := make([]byte, len(pk.Filters))
	names := make([]string, 0, len(pk.Filters))
	for i, f := range pk.Filters {
		if !have.Has(f.Filter) {
			codes[i] = packets.CodeNoSubscriptionExisted.Code
			continue
		}
		names = append(names, f.Filter)
	}
	if len(names) > 0 {
		l.session.Unsubscribe(names)
	}
	return l.reply(packets.Unsuback, pk.PacketID, codes)
}

// reply writes SUBACK or UNSUBACK.
func (l *Link) reply(packet byte, id uint16, codes []byte) error {
	pk := packetOf(packet)
	defer release(pk)
	pk.PacketID, pk.ReasonCodes = id, codes
	return l.send(pk)
}
