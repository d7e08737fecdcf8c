"""Rules of a kind of document, as far as our writers use it, and a check of them.

What the elements of FCPXML 1.10 and of the FCP 7 format (xmeml, version 5) may hold, and in which
order, is known from Apple's documentation; said here in our own way, and only of what we write.
"""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element

import msgspec


class Rule(msgspec.Struct, frozen=True):
    """What an element may hold."""

    children: str = ""
    """A regular expression over the tags of its children, each followed by a space."""
    needs: dict[str, str] = {}
    """Attributes it has to have, with an expression for what they say."""
    may: dict[str, str] = {}
    """Attributes it may have."""
    text: str = r"\s*"
    """What stands between its tags."""


def breaches(root: Element, rules: dict[str, Rule]) -> list[str]:
    """Return what is wrong with a document, in words."""
    found: list[str] = []
    for element in root.iter():
        if (rule := rules.get(element.tag)) is None:
            found.append(f"{element.tag} is not known")
            continue
        tags = "".join(f"{child.tag} " for child in element)
        if not re.fullmatch(rule.children, tags):
            found.append(f"{element.tag} holds {tags or 'nothing'}")
        if not re.fullmatch(rule.text, element.text or "", re.DOTALL):
            found.append(f"{element.tag} says {element.text!r}")
        found += [f"{element.tag} has no {name}" for name in rule.needs.keys() - element.keys()]
        known = rule.needs | rule.may
        for name, value in element.items():
            if not re.fullmatch(known.get(name, "(?!)"), value, re.DOTALL):
                found.append(f"{element.tag} has {name}={value!r}")
    return found


_ID = r"[A-Za-z_][A-Za-z0-9._-]*"
_SECONDS = r"-?\d+(/\d+)?s"
_ANY = ".*"
_NUMBER = r"\d+"
_TC = "DF|NDF"
_URL = r"file://(localhost)?/[A-Za-z0-9/._~%-]*"

FCPXML = {
    "fcpxml": Rule("(resources )?library ", {"version": r"1\.10"}),
    "resources": Rule("((format|asset) )*"),
    "format": Rule(
        needs={"id": _ID},
        may={"name": _ANY, "frameDuration": _SECONDS, "width": _NUMBER, "height": _NUMBER},
    ),
    "asset": Rule(
        "(media-rep )+",
        {"id": _ID},
        {
            "name": _ANY,
            "start": _SECONDS,
            "duration": _SECONDS,
            "hasVideo": "[01]",
            "format": _ID,
            "hasAudio": "[01]",
            "videoSources": _NUMBER,
            "audioSources": _NUMBER,
            "audioChannels": _NUMBER,
            "audioRate": _NUMBER,
        },
    ),
    "media-rep": Rule(needs={"src": _URL}, may={"kind": "original-media|proxy-media"}),
    "library": Rule("(event )*"),
    "event": Rule("(project )*", may={"name": _ANY}),
    "project": Rule("sequence ", may={"name": _ANY}),
    "sequence": Rule(
        "spine ",
        {"format": _ID},
        {
            "duration": _SECONDS,
            "tcStart": _SECONDS,
            "tcFormat": _TC,
            "audioLayout": "mono|stereo|surround",
            "audioRate": "32k|44.1k|48k|88.2k|96k|176.4k|192k",
        },
    ),
    "spine": Rule("((gap|asset-clip) )*"),
    "gap": Rule(
        "(asset-clip )*(marker )*",
        {"duration": _SECONDS},
        {"name": _ANY, "offset": _SECONDS, "start": _SECONDS},
    ),
    "asset-clip": Rule(
        "(conform-rate )?(asset-clip )*(marker )*",
        {"ref": _ID},
        {
            "lane": r"-?\d+",
            "offset": _SECONDS,
            "name": _ANY,
            "start": _SECONDS,
            "duration": _SECONDS,
            "format": _ID,
            "tcFormat": _TC,
            "srcEnable": "all|audio|video",
            "audioRole": r"[a-z]+\.[a-z]+-\d+",
        },
    ),
    "conform-rate": Rule(
        may={
            "scaleEnabled": "[01]",
            "srcFrameRate": r"23\.98|24|25|29\.97|30|60|47\.95|48|50|59\.94|90|100|119\.88|120",
        }
    ),
    "marker": Rule(
        needs={"start": _SECONDS, "value": ".+"}, may={"duration": _SECONDS, "note": _ANY}
    ),
}

_COUNT = Rule(text=_NUMBER)
_TEXT = Rule(text=_ANY)
_BOOLEAN = Rule(text="TRUE|FALSE")
_CHARACTERISTICS = "(rate (width height )?pixelaspectratio fielddominance |depth samplerate )"

XMEML = {
    "xmeml": Rule("sequence ", {"version": "5"}),
    "sequence": Rule(
        "name duration rate timecode media (marker )*", {"id": _ID}, {"explodedTracks": "true"}
    ),
    "name": _TEXT,
    "comment": _TEXT,
    "duration": _COUNT,
    "rate": Rule("timebase ntsc "),
    "timebase": Rule(text=r"[1-9]\d*"),
    "ntsc": _BOOLEAN,
    "timecode": Rule("rate string frame displayformat "),
    "string": Rule(text=r"\d\d:\d\d:\d\d[:;]\d\d"),
    "frame": _COUNT,
    "displayformat": Rule(text=_TC),
    "media": Rule("(video )?(audio )?"),
    "video": Rule("(format (track )*|duration samplecharacteristics )"),
    "audio": Rule(
        "(numOutputChannels format outputs (track )*|samplecharacteristics channelcount )"
    ),
    "numOutputChannels": _COUNT,
    "format": Rule("samplecharacteristics "),
    "samplecharacteristics": Rule(_CHARACTERISTICS),
    "width": _COUNT,
    "height": _COUNT,
    "pixelaspectratio": Rule(text="square"),
    "fielddominance": Rule(text="none|upper|lower"),
    "depth": _COUNT,
    "samplerate": _COUNT,
    "channelcount": _COUNT,
    "outputs": Rule("(group )+"),
    "group": Rule("index numchannels downmix (channel )+"),
    "channel": Rule("index "),
    "index": _COUNT,
    "numchannels": _COUNT,
    "downmix": _COUNT,
    "track": Rule(
        "(clipitem )*enabled locked (outputchannelindex )?",
        may={
            "currentExplodedTrackIndex": _NUMBER,
            "totalExplodedTrackCount": _NUMBER,
            "premiereTrackType": "Mono|Stereo|Multichannel",
        },
    ),
    "enabled": _BOOLEAN,
    "locked": _BOOLEAN,
    "outputchannelindex": _COUNT,
    "clipitem": Rule(
        "name enabled duration rate start end in out file (sourcetrack )?(link )*", {"id": _ID}
    ),
    "start": _COUNT,
    "end": _COUNT,
    "in": _COUNT,
    "out": Rule(text=r"-1|\d+"),
    "file": Rule("(name pathurl rate duration timecode media )?", {"id": _ID}),
    "pathurl": Rule(text=_URL),
    "sourcetrack": Rule("mediatype trackindex "),
    "mediatype": Rule(text="video|audio"),
    "trackindex": _COUNT,
    "link": Rule("linkclipref mediatype trackindex clipindex (groupindex )?"),
    "linkclipref": Rule(text=_ID),
    "clipindex": _COUNT,
    "groupindex": _COUNT,
    "marker": Rule("comment name in out "),
}
