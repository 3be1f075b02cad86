package hooks

import (
	"errors"

	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/topics"
)

// subscribe handles SUBSCRIBE.
func (l *Link) subscribe(body []byte) error {
	id, list, hasID, err := subscribeForm(l.Version, body)
	if err != nil {
		return l.malformed(err)
	}
	if hasID { // we said that there are none
		return l.fail(packets.ErrSubscriptionIdentifiersNotSupported)
	}
	l.spend(l.filterCost()*len(list)-1, 0)
	codes, granted, why := l.grant(list)
	if len(granted) == 0 {
		return l.reply(packets.Suback, id, codes, why)
	}
	switch err := l.session.Subscribe(granted); {
	case errors.Is(err, chat.ErrBusy): // the disk is full; the client need not connect anew for that
		l.withhold(codes)
		return l.reply(packets.Suback, id, codes, "the server has no room for filters")
	case err != nil:
		return l.faulted("subscribe", err)
	}
	err = l.reply(packets.Suback, id, codes, why)
	l.session.Present()
	return err
}

// keptFilter is what a filter of a session that is kept counts as, in packets: a row is
// written for it (spec/41 §7).
const keptFilter = 4

// filterCost is what a filter counts as.
func (l *Link) filterCost() int {
	if l.Expiry > 0 {
		return keptFilter
	}
	return 1
}

// withhold refuses what was granted.
func (l *Link) withhold(codes []byte) {
	for i, code := range codes {
		if code < 0x80 { // MQTT 5 §3.9.3
			codes[i] = l.subscribeCode(packets.ErrQuotaExceeded.Code)
		}
	}
}

// administers reports whether the client is an administrator of the app now.
func (l *Link) administers() bool {
	app, err := l.door.core.App(l.Actor.App)
	return err == nil && app.IsAdmin(l.Actor.User)
}

// notForUsers is why a filter for administrators is refused to everybody else.
func notForUsers(f topics.Filter) error {
	if f.Shared() {
		return topics.FilterShared
	}
	return topics.FilterForeign
}

// grant decides about each filter of a SUBSCRIBE: its code, and those there is room
// for (spec/00 §9). why says what is wrong with the first one that is refused.
func (l *Link) grant(asked []wanted) (codes []byte, granted []topics.Subscription, why string) {
	codes = make([]byte, len(asked))
	refuse := func(i int, code byte, reason string) {
		codes[i] = l.subscribeCode(code)
		if why == "" {
			why = clipped(asked[i].filter) + ": " + reason
		}
	}
	have, o := l.session.Filters(), &l.door.opt
	number, bytes := o.MaxFilters-have.Len(), o.MaxFilterBytes-have.Bytes()
	if len(asked) > o.MaxSubscribe {
		l.noteLimit("filters", 0, nil)
	}
	seen := make(map[string]bool, len(asked)) // a filter may stand in the packet twice
	for i, w := range asked {
		if i >= o.MaxSubscribe {
			refuse(i, packets.ErrQuotaExceeded.Code, "too many filters in one packet")
			continue
		}
		filter, err := topics.ParseFilter(w.filter)
		if err == nil && filter.ForAdmin() && !l.administers() {
			err = notForUsers(filter)
		}
		if err != nil {
			refuse(i, filterCode(err), err.Error())
			continue
		}
		if !have.Has(w.filter) && !seen[w.filter] {
			if number <= 0 || bytes < len(w.filter) {
				l.noteLimit("filters", 0, nil)
				refuse(i, packets.ErrQuotaExceeded.Code, "too many filters")
				continue
			}
			number, bytes = number-1, bytes-len(w.filter)
		}
		seen[w.filter] = true
		codes[i] = min(w.qos, 1) // nothing is ever sent with QoS 2
		granted = append(granted, topics.Subscription{Filter: filter, QoS: codes[i]})
	}
	return codes, granted, why
}

// filterCode is the SUBACK code of a filter that is not granted (spec/00 §4).
func filterCode(err error) byte {
	var e topics.FilterError
	if !errors.As(err, &e) {
		return packets.ErrUnspecifiedError.Code
	}
	switch e {
	case topics.FilterMalformed:
		return packets.ErrTopicFilterInvalid.Code
	case topics.FilterShared:
		return packets.ErrSharedSubscriptionsNotSupported.Code
	}
	return packets.ErrNotAuthorized.Code
}

// subscribeCode leaves 3.1.1 its only code of failure.
func (l *Link) subscribeCode(code byte) byte {
	if l.Version < 5 {
		return packets.ErrUnspecifiedError.Code
	}
	return code
}

// unsubscribe handles UNSUBSCRIBE.
func (l *Link) unsubscribe(body []byte) error {
	id, list, err := unsubscribeForm(l.Version, body)
	if err != nil {
		return l.malformed(err)
	}
	l.spend(l.filterCost()*len(list)-1, 0)
	have := l.session.Filters()
	codes := make([]byte, len(list))
	var names []string
	gone := map[string]bool{}
	for i, filter := range list {
		if gone[filter] || !have.Has(filter) {
			codes[i] = packets.CodeNoSubscriptionExisted.Code
			continue
		}
		gone[filter] = true
		names = append(names, filter)
	}
	if len(names) > 0 {
		switch err := l.session.Unsubscribe(names); {
		case errors.Is(err, chat.ErrBusy) && l.Version == 5:
			for i, code := range codes {
				if code == packets.CodeSuccess.Code {
					codes[i] = packets.ErrImplementationSpecificError.Code // MQTT 5 §3.11.3 has none for a full disk
				}
			}
		case err != nil:
			return l.faulted("unsubscribe", err)
		}
	}
	return l.reply(packets.Unsuback, id, codes, "")
}

// reply writes SUBACK or UNSUBACK; why is its Reason String, which MQTT 5 alone has.
func (l *Link) reply(packet byte, id uint16, codes []byte, why string) error {
	pk := packetOf(packet)
	defer release(pk)
	pk.PacketID, pk.ReasonCodes, pk.Properties.ReasonString = id, codes, why
	return l.send(pk)
}
