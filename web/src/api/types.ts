/** What the service answers, named: the package's generated types. */
import type { components } from '@character-sync/react/client';

type Schemas = components['schemas'];

export type Who = Schemas['Who'];
export type Me = Schemas['Me'];
export type AccessToken = Schemas['AccessTokenAnswer'];
export type CreatedAccessToken = Schemas['CreatedAccessToken'];
export type GameVersion = Schemas['GameVersionAnswer'];
export type CharacterList = Schemas['CharacterList'];
export type Character = CharacterList['items'][number];
export type CharacterDetail = Schemas['CharacterDetail'];
export type Facet = Schemas['FacetAnswer'];
export type Equipment = Schemas['EquipmentAnswer'];
export type EquippedItem = Schemas['EquippedItemAnswer'];
export type Specializations = Schemas['SpecializationsAnswer'];
export type Specialization = Schemas['SpecializationAnswer'];
export type EnrichmentQueued = Schemas['EnrichmentQueued'];
export type SessionSummary = Schemas['SessionSummary'];
export type SessionList = Schemas['SessionList'];
export type Snapshot = Schemas['Snapshot'];
export type SyncStarted = Schemas['SyncStarted'];
export type CharacterAsOf = Schemas['CharacterAsOf'];
export type FacetAsOf = Schemas['FacetAsOf'];
export type CharacterDiff = Schemas['CharacterDiff'];
export type FacetDiff = Schemas['FacetDiffAnswer'];
export type FieldChange = Schemas['FieldChange'];
export type SlotChange = Schemas['SlotChange'];
export type SpecializationChange = Schemas['SpecializationChangeAnswer'];
export type HistoryPage = Schemas['HistoryPage'];
export type State = Schemas['StateAnswer'];
export type FacetName = Schemas['FacetName'];
export type Series = Schemas['Series'];
export type Step = Schemas['StepAnswer'];
export type IdentityDecision = Schemas['IdentityDecisionAnswer'];
export type IdentityDecisionList = Schemas['IdentityDecisionList'];
export type Evidence = Schemas['EvidenceAnswer'];
