# SPDX-License-Identifier: GPL-3.0-or-later
"""Ethernet frames: what a neighbour may send to a box, and what one from a box is."""

import socket
import struct

ARP, IPV4, IPV6, VLAN = 0x0806, 0x0800, 0x86dd, 0x8100
EVERYONE = b"\xff" * 6
COOKIE = b"\x63\x82\x53\x63"


def checksum(data):
    total = sum(struct.unpack(f">{(len(data) + 1) // 2}H", data + b"\0" * (len(data) % 2)))
    while total >> 16:
        total = (total >> 16) + (total & 0xffff)
    return ~total & 0xffff


# ---- writing; addresses of IPv4 and IPv6 as text, hardware addresses as bytes

def ethernet(target, source, kind, payload, vlan=None):
    tag = struct.pack(">HH", VLAN, vlan) if vlan else b""
    return target + source + tag + struct.pack(">H", kind) + payload


def arp(operation, mac, sender, target_mac, target):
    return (struct.pack(">HHBBH", 1, IPV4, 6, 4, operation) + mac + socket.inet_aton(sender) + target_mac
            + socket.inet_aton(target))


def ipv4(protocol, source, target, payload):
    header = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 7, 0, 64, protocol, 0, socket.inet_aton(source),
                         socket.inet_aton(target))
    return header[:10] + struct.pack(">H", checksum(header)) + header[12:] + payload


def tcp(flags, source, target):
    segment = struct.pack(">HHIIBBHHH", 4711, 9001, 1, 1, 0x50, flags, 1024, 0, 0)
    pseudo = socket.inet_aton(source) + socket.inet_aton(target) + struct.pack(">HH", 6, len(segment))
    return segment[:16] + struct.pack(">H", checksum(pseudo + segment)) + segment[18:]


def icmp(kind, code, rest):
    message = bytes([kind, code, 0, 0]) + rest
    return message[:2] + struct.pack(">H", checksum(message)) + message[4:]


def icmp6(source, target, message):
    """An IPv6 packet; the message's checksum is filled in."""
    source, target = (socket.inet_pton(socket.AF_INET6, address) for address in (source, target))
    total = checksum(source + target + struct.pack(">II", len(message), 58) + message)
    return (struct.pack(">IHBB", 6 << 28, len(message), 58, 255) + source + target + message[:2]
            + struct.pack(">H", total) + message[4:])


def router_advertisement(prefix):
    """Of a /64, from fe80::1 to all."""
    option = struct.pack(">BBBBIII", 3, 4, 64, 0xc0, 3600, 3600, 0) + socket.inet_pton(socket.AF_INET6, prefix)
    return icmp6("fe80::1", "ff02::1", struct.pack(">BBHBBHII", 134, 0, 0, 64, 0, 1800, 0, 0) + option)


def dhcp_answer(request, kind, yours, server, times=(3600, 1800, 3150), silent_about=()):
    """An IPv4 packet that answers the DHCP message `request` (from its op byte on). kind: 2 offer, 5 ACK, 6 NAK."""
    address = socket.inet_aton
    options = bytes([53, 1, kind, 54, 4]) + address(server)
    if kind != 6:
        options += (b"\x01\x04" + address("255.255.255.0") + b"\x03\x04" + address(server)
                    + struct.pack(">BBIBBIBBI", 51, 4, times[0], 58, 4, times[1], 59, 4, times[2]))
    message = (b"\x02" + request[1:8] + bytes(4) + request[12:16] + (bytes(4) if kind == 6 else address(yours)) + bytes(8)
               + request[28:44] + bytes(192) + COOKIE + options + b"\xff")
    renewing = request[12:16] != bytes(4)
    to = socket.inet_ntoa(request[12:16]) if renewing else "255.255.255.255"
    return ipv4(17, server, to, struct.pack(">HHHH", 67, 68, 8 + len(message), 0) + message)


def hostile(box_mac, box, mac, me):
    """Pings, scans, redirects, source routes, tunnels, strangers' protocols and rubbish, all for the box's address. `me`: an
    address that ARP finds, so that answers could be sent. None of them may be answered but by ARP."""
    redirect = icmp(5, 1, socket.inet_aton(me) + ipv4(6, box, me, bytes(8)))
    frames = [ethernet(box_mac, mac, IPV4, ipv4(6, me, box, tcp(flags, me, box)))
              for flags in (0x02, 0x10, 0x12, 0x01, 0x11, 0x00, 0x29, 0x3f)]
    frames += [ethernet(box_mac, mac, IPV4, ipv4(protocol, source, box, payload)) for protocol, source, payload in (
        (1, me, icmp(8, 0, b"ping" * 4)), (1, me, redirect), (1, me, icmp(13, 0, bytes(16))),
        (17, me, struct.pack(">HHHH", 53, 4711, 8, 0)), (17, me, struct.pack(">HHHH", 67, 4711, 8, 0)),
        (2, me, bytes.fromhex("1164ee9b00000000")), (132, me, bytes(16)), (41, me, bytes(40)), (6, "127.0.0.1", bytes(20)),
        (6, box, bytes(20)))]
    frames += [ethernet(box_mac, mac, kind, bytes(60)) for kind in (IPV6, 0x88cc, VLAN, 0x8863, 38)]
    frames.append(ethernet(b"\x33\x33\0\0\0\1", mac, IPV6, router_advertisement("2001:db8:bad::")))
    frames.append(ethernet(b"\x33\x33\0\0\0\1", mac, IPV6, icmp6("fe80::2", "ff02::1", struct.pack(">BBHI", 128, 0, 0, 0))))
    frames += [ethernet(box_mac, mac, ARP, payload) for payload in (
        bytes(46), bytes.fromhex("00010800060400ff") + bytes(38), bytes.fromhex("0001080008040001") + bytes(38))]
    frames += [ethernet(box_mac, mac, IPV4, ipv4(6, me, box, tcp(0x10, me, box))[:cut]) for cut in (1, 19, 20, 33)]
    return frames


# ---- reading

def describe(frame):
    """("arp", …), ("dhcp", kind number), ("tcp", target, port), ("icmp6", type), ("other", hexadecimal); and the VLAN, 0
    without one."""
    kind, at, vlan = struct.unpack_from(">H", frame, 12)[0], 14, 0
    if kind == VLAN:
        vlan, kind = struct.unpack_from(">HH", frame, 14)
        vlan, at = vlan & 0xfff, 18
    packet = frame[at:]
    if kind == ARP:
        return ("arp", packet[7]), vlan
    if kind == IPV4 and packet[9] == 6:
        return ("tcp", socket.inet_ntoa(packet[16:20]), struct.unpack_from(">H", packet, 22)[0]), vlan
    if kind == IPV4 and packet[9] == 17 and packet[20:24] == struct.pack(">HH", 68, 67):
        return ("dhcp", packet[28 + 242]), vlan
    if kind == IPV6 and packet[6] == 6:
        return ("tcp", socket.inet_ntop(socket.AF_INET6, packet[24:40]), struct.unpack_from(">H", packet, 42)[0]), vlan
    if kind == IPV6 and packet[6] == 58:
        return ("icmp6", packet[40]), vlan
    if kind == IPV6 and packet[6] == 0 and packet[40] == 58:
        return ("icmp6", packet[48]), vlan
    return ("other", frame[:64].hex()), vlan
