"""What a guest may see: states and sentences, but no process ids, no paths, no words of jobs."""

import re
from pathlib import PurePosixPath
from typing import TypeVar

from pydantic import BaseModel

from services.claims import Identity
from services.contract.job import Job, JobList, JobState
from services.contract.machine import SystemInfo
from services.contract.service import ServiceList
from services.contract.upgrade import Catalog
from services.errors import KINDS, CockpitError
from services.models import Endpoint, Fact, Facts, Service, Snapshot, Source

M = TypeVar("M", bound=BaseModel)

_PATH = re.compile(r"(?<![\w/])/(?:[^/:()\n]+/)*([^\s/:()]+)")
"""A path; its folders may have spaces in their names."""


def shown_to(identity: Identity, value: M) -> M:
    """Return `value` as this caller may see it."""
    if not identity.is_guest:
        return value
    for kind, hide in _HIDING.items():
        if isinstance(value, kind):
            return hide(value)
    return value


def told_to_guest(error: CockpitError) -> CockpitError:
    """Return `error` as a guest may hear it: the same kind, without paths."""
    kind = next(kind for kind in KINDS if isinstance(error, kind))
    return kind(without_paths(error.message), error.detail)


def without_paths(text: str) -> str:
    """Return `text` with every path cut down to its last part."""
    return _PATH.sub(r"\1", text)


def _fact(fact: Fact) -> Fact:
    return fact.model_copy(update={"says": without_paths(fact.says)})


def _endpoint(endpoint: Endpoint) -> Endpoint:
    return endpoint.model_copy(
        update={
            "path": PurePosixPath(endpoint.path).name,
            "accepts": _fact(endpoint.accepts),
            "answers": _fact(endpoint.answers),
        }
    )


def _service(service: Service) -> Service:
    sentence = service.sentence
    for endpoint in service.endpoints:  # known paths first: they may hold spaces
        sentence = sentence.replace(endpoint.path, PurePosixPath(endpoint.path).name)
    facts = Facts(
        supervisor=_fact(service.facts.supervisor),
        sockets=_fact(service.facts.sockets),
        health=_fact(service.facts.health),
    )
    return service.model_copy(
        update={
            "pid": None,
            "sentence": without_paths(sentence),
            "facts": facts,
            "endpoints": tuple(_endpoint(endpoint) for endpoint in service.endpoints),
        }
    )


def _source(source: Source) -> Source:
    return source.model_copy(update={"sentence": without_paths(source.sentence)})


def _listing(value: Snapshot | ServiceList) -> Snapshot | ServiceList:
    return value.model_copy(
        update={
            "source": _source(value.source),
            "services": tuple(_service(service) for service in value.services),
        }
    )


def _system(info: SystemInfo) -> SystemInfo:
    hidden = {"home": "", "mycelium_address": None, "hostname": "", "kernel": "", "owner": ""}
    return info.model_copy(
        update={
            **hidden,
            "source": _source(info.source),
            "health": without_paths(info.health),
        }
    )


_ENDS = {
    JobState.DONE: "It is done.",
    JobState.FAILED: "It failed.",
    JobState.STOPPED: "It was stopped.",
    JobState.INTERRUPTED: "It was interrupted.",
}


def _job(job: Job) -> Job:
    """Hide the sentences: those of exports name keys, those of builds repeat what a build wrote."""
    items = tuple(item.model_copy(update={"sentence": ""}) for item in job.items)
    sentence = _ENDS.get(job.state, job.sentence)  # until its end it is made of names and steps
    return job.model_copy(update={"by": "", "sentence": sentence, "items": items})


def _jobs(listed: JobList) -> JobList:
    return listed.model_copy(update={"jobs": tuple(_job(job) for job in listed.jobs)})


def _catalog(catalog: Catalog) -> Catalog:
    return catalog.model_copy(update={"sentence": without_paths(catalog.sentence)})


_HIDING = {
    Service: _service,
    Snapshot: _listing,
    ServiceList: _listing,
    SystemInfo: _system,
    Job: _job,
    JobList: _jobs,
    Catalog: _catalog,
}
